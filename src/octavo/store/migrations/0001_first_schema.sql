-- The first schema of a tenant, made from the declarations of the record types.
CREATE TABLE __schema__."groups" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "group" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{group}')) STORED
);
CREATE UNIQUE INDEX "groups_unique_group" ON __schema__."groups" ("group");
CREATE TABLE __schema__."addresstype" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "address_type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{addressType}')) STORED
);
CREATE UNIQUE INDEX "addresstype_unique_address_type" ON __schema__."addresstype" ("address_type");
CREATE TABLE __schema__."departments" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "departments_unique_name" ON __schema__."departments" ("name");
CREATE UNIQUE INDEX "departments_unique_code" ON __schema__."departments" ("code");
CREATE TABLE __schema__."users" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "personal_email" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{personal,email}')) STORED,
  "personal_last_name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{personal,lastName}')) STORED,
  "personal_first_name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{personal,firstName}')) STORED,
  "type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{type}')) STORED,
  "active" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{active}')) STORED,
  "expiration_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{expirationDate}')) STORED,
  "patron_group" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{patronGroup}')) STORED,
  "username" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{username}')) STORED,
  "barcode" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{barcode}')) STORED,
  "external_system_id" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{externalSystemId}')) STORED
);
CREATE INDEX "users_personal_email_idx" ON __schema__."users" ("personal_email");
CREATE INDEX "users_personal_last_name_idx" ON __schema__."users" ("personal_last_name");
CREATE INDEX "users_personal_first_name_idx" ON __schema__."users" ("personal_first_name");
CREATE INDEX "users_type_idx" ON __schema__."users" ("type");
CREATE INDEX "users_active_expiration_date_idx" ON __schema__."users" ("active", "expiration_date");
CREATE INDEX "users_patron_group_active_idx" ON __schema__."users" ("patron_group", "active");
CREATE UNIQUE INDEX "users_unique_username" ON __schema__."users" ("username");
CREATE UNIQUE INDEX "users_unique_barcode" ON __schema__."users" ("barcode");
CREATE UNIQUE INDEX "users_unique_external_system_id" ON __schema__."users" ("external_system_id");
CREATE INDEX "users_username_words" ON __schema__."users" USING gin (public.octavo_tsvector(doc #>> '{username}'));
CREATE INDEX "users_barcode_words" ON __schema__."users" USING gin (public.octavo_tsvector(doc #>> '{barcode}'));
CREATE INDEX "users_externalsystemid_words" ON __schema__."users" USING gin (public.octavo_tsvector(doc #>> '{externalSystemId}'));
CREATE INDEX "users_personal_firstname_words" ON __schema__."users" USING gin (public.octavo_tsvector(doc #>> '{personal,firstName}'));
CREATE INDEX "users_personal_lastname_words" ON __schema__."users" USING gin (public.octavo_tsvector(doc #>> '{personal,lastName}'));
CREATE INDEX "users_personal_email_words" ON __schema__."users" USING gin (public.octavo_tsvector(doc #>> '{personal,email}'));
CREATE INDEX "users_keywords_words" ON __schema__."users" USING gin (public.octavo_tsvector(coalesce(doc #>> '{username}', '') || ' ' || coalesce(doc #>> '{personal,firstName}', '') || ' ' || coalesce(doc #>> '{personal,preferredFirstName}', '') || ' ' || coalesce(doc #>> '{personal,middleName}', '') || ' ' || coalesce(doc #>> '{personal,lastName}', '') || ' ' || coalesce(doc #>> '{personal,email}', '') || ' ' || coalesce(doc #>> '{barcode}', '') || ' ' || coalesce(doc #>> '{id}', '') || ' ' || coalesce(doc #>> '{externalSystemId}', '') || ' ' || coalesce(doc #>> '{customFields}', '')));
CREATE TABLE __schema__."proxyfor" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "proxy_user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{proxyUserId}')) STORED,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED
);
CREATE INDEX "proxyfor_proxy_user_id_idx" ON __schema__."proxyfor" ("proxy_user_id");
CREATE UNIQUE INDEX "proxyfor_unique_user_id_proxy_user_id" ON __schema__."proxyfor" (public.octavo_fold(doc #>> '{userId}'), public.octavo_fold(doc #>> '{proxyUserId}'));
CREATE TABLE __schema__."staging_users" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "contact_info_email" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{contactInfo,email}')) STORED,
  "external_system_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{externalSystemId}')) STORED
);
CREATE INDEX "staging_users_contact_info_email_idx" ON __schema__."staging_users" ("contact_info_email");
CREATE UNIQUE INDEX "staging_users_unique_external_system_id" ON __schema__."staging_users" (public.octavo_fold(doc #>> '{externalSystemId}'));
CREATE TABLE __schema__."alternative_title_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "alternative_title_type_unique_name" ON __schema__."alternative_title_type" ("name");
CREATE TABLE __schema__."call_number_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "call_number_type_unique_name" ON __schema__."call_number_type" ("name");
CREATE TABLE __schema__."classification_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "classification_type_unique_name" ON __schema__."classification_type" ("name");
CREATE TABLE __schema__."contributor_name_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "contributor_name_type_unique_name" ON __schema__."contributor_name_type" ("name");
CREATE TABLE __schema__."contributor_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "contributor_type_unique_name" ON __schema__."contributor_type" ("name");
CREATE UNIQUE INDEX "contributor_type_unique_code" ON __schema__."contributor_type" ("code");
CREATE TABLE __schema__."electronic_access_relationship" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "electronic_access_relationship_unique_name" ON __schema__."electronic_access_relationship" ("name");
CREATE TABLE __schema__."holdings_note_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "holdings_note_type_unique_name" ON __schema__."holdings_note_type" ("name");
CREATE TABLE __schema__."holdings_records_source" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "holdings_records_source_unique_name" ON __schema__."holdings_records_source" ("name");
CREATE TABLE __schema__."holdings_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "holdings_type_unique_name" ON __schema__."holdings_type" ("name");
CREATE TABLE __schema__."identifier_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "identifier_type_unique_name" ON __schema__."identifier_type" ("name");
CREATE TABLE __schema__."ill_policy" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "ill_policy_unique_name" ON __schema__."ill_policy" ("name");
CREATE TABLE __schema__."instance_date_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "instance_date_type_unique_name" ON __schema__."instance_date_type" ("name");
CREATE UNIQUE INDEX "instance_date_type_unique_code" ON __schema__."instance_date_type" ("code");
CREATE TABLE __schema__."instance_format" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "instance_format_unique_name" ON __schema__."instance_format" ("name");
CREATE UNIQUE INDEX "instance_format_unique_code" ON __schema__."instance_format" ("code");
CREATE TABLE __schema__."instance_note_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "instance_note_type_unique_name" ON __schema__."instance_note_type" ("name");
CREATE TABLE __schema__."instance_relationship_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "instance_relationship_type_unique_name" ON __schema__."instance_relationship_type" ("name");
CREATE TABLE __schema__."instance_status" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "instance_status_unique_name" ON __schema__."instance_status" ("name");
CREATE UNIQUE INDEX "instance_status_unique_code" ON __schema__."instance_status" ("code");
CREATE TABLE __schema__."instance_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "instance_type_unique_name" ON __schema__."instance_type" ("name");
CREATE UNIQUE INDEX "instance_type_unique_code" ON __schema__."instance_type" ("code");
CREATE TABLE __schema__."item_damaged_status" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "item_damaged_status_unique_name" ON __schema__."item_damaged_status" ("name");
CREATE TABLE __schema__."item_note_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "item_note_type_unique_name" ON __schema__."item_note_type" ("name");
CREATE TABLE __schema__."loan_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "loan_type_unique_name" ON __schema__."loan_type" ("name");
CREATE TABLE __schema__."material_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "material_type_unique_name" ON __schema__."material_type" ("name");
CREATE TABLE __schema__."mode_of_issuance" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "mode_of_issuance_unique_name" ON __schema__."mode_of_issuance" ("name");
CREATE TABLE __schema__."nature_of_content_term" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "nature_of_content_term_unique_name" ON __schema__."nature_of_content_term" ("name");
CREATE TABLE __schema__."statistical_code_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "statistical_code_type_unique_name" ON __schema__."statistical_code_type" ("name");
CREATE TABLE __schema__."statistical_code" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED,
  "statistical_code_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{statisticalCodeTypeId}')) STORED,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE INDEX "statistical_code_statistical_code_type_id_idx" ON __schema__."statistical_code" ("statistical_code_type_id");
CREATE UNIQUE INDEX "statistical_code_unique_code_statistical_code_type_id" ON __schema__."statistical_code" ("code", public.octavo_fold(doc #>> '{statisticalCodeTypeId}'));
CREATE UNIQUE INDEX "statistical_code_unique_name" ON __schema__."statistical_code" ("name");
CREATE TABLE __schema__."subject_source" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE UNIQUE INDEX "subject_source_unique_name" ON __schema__."subject_source" ("name");
CREATE UNIQUE INDEX "subject_source_unique_code" ON __schema__."subject_source" ("code");
CREATE TABLE __schema__."subject_type" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "subject_type_unique_name" ON __schema__."subject_type" ("name");
CREATE TABLE __schema__."service_point" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "pickup_location" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{pickupLocation}')) STORED,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED
);
CREATE INDEX "service_point_pickup_location_idx" ON __schema__."service_point" ("pickup_location");
CREATE UNIQUE INDEX "service_point_unique_name" ON __schema__."service_point" ("name");
CREATE UNIQUE INDEX "service_point_unique_code" ON __schema__."service_point" ("code");
CREATE TABLE __schema__."service_point_user" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED,
  "default_service_point_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{defaultServicePointId}')) STORED
);
CREATE INDEX "service_point_user_default_service_point_id_idx" ON __schema__."service_point_user" ("default_service_point_id");
CREATE UNIQUE INDEX "service_point_user_unique_user_id" ON __schema__."service_point_user" (public.octavo_fold(doc #>> '{userId}'));
CREATE TABLE __schema__."locinstitution" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "locinstitution_unique_name" ON __schema__."locinstitution" ("name");
CREATE TABLE __schema__."loccampus" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "institution_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{institutionId}')) STORED
);
CREATE INDEX "loccampus_institution_id_idx" ON __schema__."loccampus" ("institution_id");
CREATE UNIQUE INDEX "loccampus_unique_name" ON __schema__."loccampus" ("name");
CREATE TABLE __schema__."loclibrary" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "campus_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{campusId}')) STORED
);
CREATE INDEX "loclibrary_campus_id_idx" ON __schema__."loclibrary" ("campus_id");
CREATE UNIQUE INDEX "loclibrary_unique_name" ON __schema__."loclibrary" ("name");
CREATE TABLE __schema__."location" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "primary_service_point" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{primaryServicePoint}')) STORED,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED,
  "code" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{code}')) STORED,
  "institution_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{institutionId}')) STORED,
  "campus_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{campusId}')) STORED,
  "library_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{libraryId}')) STORED
);
CREATE INDEX "location_primary_service_point_idx" ON __schema__."location" ("primary_service_point");
CREATE INDEX "location_institution_id_idx" ON __schema__."location" ("institution_id");
CREATE INDEX "location_campus_id_idx" ON __schema__."location" ("campus_id");
CREATE INDEX "location_library_id_idx" ON __schema__."location" ("library_id");
CREATE UNIQUE INDEX "location_unique_name" ON __schema__."location" ("name");
CREATE UNIQUE INDEX "location_unique_code" ON __schema__."location" ("code");
CREATE TABLE __schema__."calendar" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."instance" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "source" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{source}')) STORED,
  "metadata_updated_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{metadata,updatedDate}')) STORED,
  "hrid" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{hrid}')) STORED,
  "match_key" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{matchKey}')) STORED,
  "instance_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{instanceTypeId}')) STORED,
  "mode_of_issuance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{modeOfIssuanceId}')) STORED,
  "status_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{statusId}')) STORED
);
CREATE INDEX "instance_source_idx" ON __schema__."instance" ("source");
CREATE INDEX "instance_metadata_updated_date_idx" ON __schema__."instance" ("metadata_updated_date");
CREATE INDEX "instance_instance_type_id_idx" ON __schema__."instance" ("instance_type_id");
CREATE INDEX "instance_mode_of_issuance_id_idx" ON __schema__."instance" ("mode_of_issuance_id");
CREATE INDEX "instance_status_id_idx" ON __schema__."instance" ("status_id");
CREATE UNIQUE INDEX "instance_unique_hrid" ON __schema__."instance" ("hrid");
CREATE UNIQUE INDEX "instance_unique_match_key" ON __schema__."instance" ("match_key");
CREATE INDEX "instance_title_words" ON __schema__."instance" USING gin (public.octavo_tsvector(doc #>> '{title}'));
CREATE INDEX "instance_indextitle_words" ON __schema__."instance" USING gin (public.octavo_tsvector(doc #>> '{indexTitle}'));
CREATE INDEX "instance_contributors_words" ON __schema__."instance" USING gin (public.octavo_tsvector(doc #>> '{contributors}'));
CREATE INDEX "instance_identifiers_words" ON __schema__."instance" USING gin (public.octavo_tsvector(doc #>> '{identifiers}'));
CREATE SEQUENCE __schema__."instance_hrid";
CREATE TABLE __schema__."holdings_record" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "call_number" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{callNumber}')) STORED,
  "hrid" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{hrid}')) STORED,
  "instance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{instanceId}')) STORED,
  "permanent_location_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{permanentLocationId}')) STORED,
  "temporary_location_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{temporaryLocationId}')) STORED,
  "effective_location_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{effectiveLocationId}')) STORED,
  "holdings_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{holdingsTypeId}')) STORED,
  "call_number_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{callNumberTypeId}')) STORED,
  "ill_policy_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{illPolicyId}')) STORED,
  "source_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{sourceId}')) STORED
);
CREATE INDEX "holdings_record_call_number_idx" ON __schema__."holdings_record" ("call_number");
CREATE INDEX "holdings_record_instance_id_idx" ON __schema__."holdings_record" ("instance_id");
CREATE INDEX "holdings_record_permanent_location_id_idx" ON __schema__."holdings_record" ("permanent_location_id");
CREATE INDEX "holdings_record_temporary_location_id_idx" ON __schema__."holdings_record" ("temporary_location_id");
CREATE INDEX "holdings_record_effective_location_id_idx" ON __schema__."holdings_record" ("effective_location_id");
CREATE INDEX "holdings_record_holdings_type_id_idx" ON __schema__."holdings_record" ("holdings_type_id");
CREATE INDEX "holdings_record_call_number_type_id_idx" ON __schema__."holdings_record" ("call_number_type_id");
CREATE INDEX "holdings_record_ill_policy_id_idx" ON __schema__."holdings_record" ("ill_policy_id");
CREATE INDEX "holdings_record_source_id_idx" ON __schema__."holdings_record" ("source_id");
CREATE UNIQUE INDEX "holdings_record_unique_hrid" ON __schema__."holdings_record" ("hrid");
CREATE SEQUENCE __schema__."holdings_record_hrid";
CREATE TABLE __schema__."item" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "status_name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{status,name}')) STORED,
  "accession_number" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{accessionNumber}')) STORED,
  "purchase_order_line_identifier" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{purchaseOrderLineIdentifier}')) STORED,
  "effective_call_number_components_call_number" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{effectiveCallNumberComponents,callNumber}')) STORED,
  "barcode" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{barcode}')) STORED,
  "hrid" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{hrid}')) STORED,
  "holdings_record_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{holdingsRecordId}')) STORED,
  "permanent_loan_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{permanentLoanTypeId}')) STORED,
  "temporary_loan_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{temporaryLoanTypeId}')) STORED,
  "material_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{materialTypeId}')) STORED,
  "permanent_location_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{permanentLocationId}')) STORED,
  "temporary_location_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{temporaryLocationId}')) STORED,
  "effective_location_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{effectiveLocationId}')) STORED
);
CREATE INDEX "item_status_name_idx" ON __schema__."item" ("status_name");
CREATE INDEX "item_accession_number_idx" ON __schema__."item" ("accession_number");
CREATE INDEX "item_purchase_order_line_identifier_idx" ON __schema__."item" ("purchase_order_line_identifier");
CREATE INDEX "item_effective_call_number_components_call_number_idx" ON __schema__."item" ("effective_call_number_components_call_number");
CREATE INDEX "item_holdings_record_id_idx" ON __schema__."item" ("holdings_record_id");
CREATE INDEX "item_permanent_loan_type_id_idx" ON __schema__."item" ("permanent_loan_type_id");
CREATE INDEX "item_temporary_loan_type_id_idx" ON __schema__."item" ("temporary_loan_type_id");
CREATE INDEX "item_material_type_id_idx" ON __schema__."item" ("material_type_id");
CREATE INDEX "item_permanent_location_id_idx" ON __schema__."item" ("permanent_location_id");
CREATE INDEX "item_temporary_location_id_idx" ON __schema__."item" ("temporary_location_id");
CREATE INDEX "item_effective_location_id_idx" ON __schema__."item" ("effective_location_id");
CREATE UNIQUE INDEX "item_unique_barcode" ON __schema__."item" ("barcode");
CREATE UNIQUE INDEX "item_unique_hrid" ON __schema__."item" ("hrid");
CREATE SEQUENCE __schema__."item_hrid";
CREATE TABLE __schema__."bound_with_part" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "item_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{itemId}')) STORED,
  "holdings_record_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{holdingsRecordId}')) STORED
);
CREATE INDEX "bound_with_part_item_id_idx" ON __schema__."bound_with_part" ("item_id");
CREATE INDEX "bound_with_part_holdings_record_id_idx" ON __schema__."bound_with_part" ("holdings_record_id");
CREATE UNIQUE INDEX "bound_with_part_unique_item_id_holdings_record_id" ON __schema__."bound_with_part" (public.octavo_fold(doc #>> '{itemId}'), public.octavo_fold(doc #>> '{holdingsRecordId}'));
CREATE TABLE __schema__."instance_relationship" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "super_instance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{superInstanceId}')) STORED,
  "sub_instance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{subInstanceId}')) STORED,
  "instance_relationship_type_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{instanceRelationshipTypeId}')) STORED
);
CREATE INDEX "instance_relationship_super_instance_id_idx" ON __schema__."instance_relationship" ("super_instance_id");
CREATE INDEX "instance_relationship_sub_instance_id_idx" ON __schema__."instance_relationship" ("sub_instance_id");
CREATE INDEX "instance_relationship_instance_relationship_type_id_idx" ON __schema__."instance_relationship" ("instance_relationship_type_id");
CREATE TABLE __schema__."preceding_succeeding_title" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "preceding_instance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{precedingInstanceId}')) STORED,
  "succeeding_instance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{succeedingInstanceId}')) STORED
);
CREATE INDEX "preceding_succeeding_title_preceding_instance_id_idx" ON __schema__."preceding_succeeding_title" ("preceding_instance_id");
CREATE INDEX "preceding_succeeding_title_succeeding_instance_id_idx" ON __schema__."preceding_succeeding_title" ("succeeding_instance_id");
CREATE TABLE __schema__."fixed_due_date_schedule" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "fixed_due_date_schedule_unique_name" ON __schema__."fixed_due_date_schedule" ("name");
CREATE TABLE __schema__."loan_policy" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "loans_policy_fixed_due_date_schedule_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{loansPolicy,fixedDueDateScheduleId}')) STORED,
  "renewals_policy_alternate_fixed_due_date_schedule_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{renewalsPolicy,alternateFixedDueDateScheduleId}')) STORED
);
CREATE INDEX "loan_policy_loans_policy_fixed_due_date_schedule_id_idx" ON __schema__."loan_policy" ("loans_policy_fixed_due_date_schedule_id");
CREATE INDEX "loan_policy_renewals_policy_alternate_fixed_due_date_schedule_id_idx" ON __schema__."loan_policy" ("renewals_policy_alternate_fixed_due_date_schedule_id");
CREATE TABLE __schema__."request_policy" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "request_policy_unique_name" ON __schema__."request_policy" ("name");
CREATE TABLE __schema__."patron_notice_policy" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "patron_notice_policy_unique_name" ON __schema__."patron_notice_policy" ("name");
CREATE TABLE __schema__."overdue_fine_policy" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "overdue_fine_policy_unique_name" ON __schema__."overdue_fine_policy" ("name");
CREATE TABLE __schema__."lost_item_fee_policy" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "lost_item_fee_policy_unique_name" ON __schema__."lost_item_fee_policy" ("name");
CREATE TABLE __schema__."loan" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "item_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{itemId}')) STORED,
  "item_status" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{itemStatus}')) STORED,
  "action" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{action}')) STORED,
  "loan_date" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{loanDate}')) STORED,
  "checkin_service_point_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{checkinServicePointId}')) STORED,
  "checkout_service_point_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{checkoutServicePointId}')) STORED,
  "proxy_user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{proxyUserId}')) STORED,
  "aged_to_lost_delayed_billing_date_lost_item_should_be_billed" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{agedToLostDelayedBilling,dateLostItemShouldBeBilled}')) STORED,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED,
  "status_name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{status,name}')) STORED,
  "due_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{dueDate}')) STORED
);
CREATE INDEX "loan_item_id_idx" ON __schema__."loan" ("item_id");
CREATE INDEX "loan_item_status_idx" ON __schema__."loan" ("item_status");
CREATE INDEX "loan_action_idx" ON __schema__."loan" ("action");
CREATE INDEX "loan_loan_date_idx" ON __schema__."loan" ("loan_date");
CREATE INDEX "loan_checkin_service_point_id_idx" ON __schema__."loan" ("checkin_service_point_id");
CREATE INDEX "loan_checkout_service_point_id_idx" ON __schema__."loan" ("checkout_service_point_id");
CREATE INDEX "loan_proxy_user_id_idx" ON __schema__."loan" ("proxy_user_id") WHERE "proxy_user_id" IS NOT NULL;
CREATE INDEX "loan_aged_to_lost_delayed_billing_date_lost_item_should_be_billed_idx" ON __schema__."loan" ("aged_to_lost_delayed_billing_date_lost_item_should_be_billed") WHERE "aged_to_lost_delayed_billing_date_lost_item_should_be_billed" IS NOT NULL;
CREATE INDEX "loan_user_id_status_name_idx" ON __schema__."loan" ("user_id", "status_name");
CREATE INDEX "loan_status_name_due_date_idx" ON __schema__."loan" ("status_name", "due_date");
CREATE UNIQUE INDEX "loan_unique_item_id" ON __schema__."loan" (public.octavo_fold(doc #>> '{itemId}')) WHERE "status_name" = 'open';
CREATE TABLE __schema__."loan_history" (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  record_id uuid NOT NULL,
  operation text NOT NULL,
  at timestamptz NOT NULL,
  doc jsonb NOT NULL,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED,
  "action" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{action}')) STORED
);
CREATE INDEX "loan_history_record_id_idx" ON __schema__."loan_history" (record_id, at);
CREATE INDEX "loan_history_at_idx" ON __schema__."loan_history" (at, seq);
CREATE INDEX "loan_history_user_id_idx" ON __schema__."loan_history" ("user_id") WHERE "user_id" IS NOT NULL;
CREATE INDEX "loan_history_action_idx" ON __schema__."loan_history" ("action");
CREATE TABLE __schema__."patron_action_session" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "patron_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{patronId}')) STORED,
  "action_type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{actionType}')) STORED,
  "session_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{sessionId}')) STORED
);
CREATE INDEX "patron_action_session_patron_id_action_type_idx" ON __schema__."patron_action_session" ("patron_id", "action_type");
CREATE INDEX "patron_action_session_session_id_idx" ON __schema__."patron_action_session" ("session_id");
CREATE TABLE __schema__."check_in" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "item_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{itemId}')) STORED,
  "occurred_date_time" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{occurredDateTime}')) STORED
);
CREATE INDEX "check_in_item_id_idx" ON __schema__."check_in" ("item_id");
CREATE INDEX "check_in_occurred_date_time_idx" ON __schema__."check_in" ("occurred_date_time");
CREATE TABLE __schema__."cancellation_reason" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "cancellation_reason_unique_name" ON __schema__."cancellation_reason" ("name");
CREATE TABLE __schema__."request" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "item_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{itemId}')) STORED,
  "status" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{status}')) STORED,
  "position" numeric GENERATED ALWAYS AS (public.octavo_number(doc #>> '{position}')) STORED,
  "instance_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{instanceId}')) STORED,
  "requester_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{requesterId}')) STORED,
  "request_type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{requestType}')) STORED,
  "request_expiration_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{requestExpirationDate}')) STORED,
  "hold_shelf_expiration_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{holdShelfExpirationDate}')) STORED,
  "pickup_service_point_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{pickupServicePointId}')) STORED,
  "proxy_user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{proxyUserId}')) STORED,
  "cancellation_reason_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{cancellationReasonId}')) STORED
);
CREATE INDEX "request_item_id_status_position_idx" ON __schema__."request" ("item_id", "status", "position");
CREATE INDEX "request_instance_id_status_position_idx" ON __schema__."request" ("instance_id", "status", "position");
CREATE INDEX "request_requester_id_status_idx" ON __schema__."request" ("requester_id", "status");
CREATE INDEX "request_request_type_status_idx" ON __schema__."request" ("request_type", "status");
CREATE INDEX "request_status_request_expiration_date_idx" ON __schema__."request" ("status", "request_expiration_date");
CREATE INDEX "request_status_hold_shelf_expiration_date_idx" ON __schema__."request" ("status", "hold_shelf_expiration_date");
CREATE INDEX "request_pickup_service_point_id_idx" ON __schema__."request" ("pickup_service_point_id");
CREATE INDEX "request_proxy_user_id_idx" ON __schema__."request" ("proxy_user_id");
CREATE INDEX "request_cancellation_reason_id_idx" ON __schema__."request" ("cancellation_reason_id");
CREATE UNIQUE INDEX "request_unique_item_id_position" ON __schema__."request" (public.octavo_fold(doc #>> '{itemId}'), "position");
CREATE TABLE __schema__."user_request_preference" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED
);
CREATE UNIQUE INDEX "user_request_preference_unique_user_id" ON __schema__."user_request_preference" (public.octavo_fold(doc #>> '{userId}'));
CREATE TABLE __schema__."print_events" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "request_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{requestId}')) STORED,
  "print_event_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{printEventDate}')) STORED
);
CREATE INDEX "print_events_request_id_print_event_date_idx" ON __schema__."print_events" ("request_id", "print_event_date");
CREATE INDEX "print_events_print_event_date_idx" ON __schema__."print_events" ("print_event_date");
CREATE TABLE __schema__."patron_block_conditions" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."patron_block_limits" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "patron_group_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{patronGroupId}')) STORED,
  "condition_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{conditionId}')) STORED
);
CREATE INDEX "patron_block_limits_patron_group_id_idx" ON __schema__."patron_block_limits" ("patron_group_id");
CREATE INDEX "patron_block_limits_condition_id_idx" ON __schema__."patron_block_limits" ("condition_id");
CREATE TABLE __schema__."manualblocks" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED
);
CREATE INDEX "manualblocks_user_id_idx" ON __schema__."manualblocks" ("user_id");
CREATE TABLE __schema__."manual_block_templates" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."owners" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."feefines" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "fee_fine_type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{feeFineType}')) STORED,
  "owner_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{ownerId}')) STORED
);
CREATE INDEX "feefines_fee_fine_type_idx" ON __schema__."feefines" ("fee_fine_type");
CREATE INDEX "feefines_owner_id_idx" ON __schema__."feefines" ("owner_id");
CREATE UNIQUE INDEX "feefines_unique_fee_fine_type_owner_id" ON __schema__."feefines" ("fee_fine_type", public.octavo_fold(doc #>> '{ownerId}'));
CREATE TABLE __schema__."accounts" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED,
  "status_name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{status,name}')) STORED,
  "loan_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{loanId}')) STORED,
  "item_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{itemId}')) STORED,
  "owner_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{ownerId}')) STORED,
  "fee_fine_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{feeFineId}')) STORED
);
CREATE INDEX "accounts_user_id_status_name_idx" ON __schema__."accounts" ("user_id", "status_name");
CREATE INDEX "accounts_loan_id_idx" ON __schema__."accounts" ("loan_id");
CREATE INDEX "accounts_item_id_idx" ON __schema__."accounts" ("item_id");
CREATE INDEX "accounts_owner_id_idx" ON __schema__."accounts" ("owner_id");
CREATE INDEX "accounts_fee_fine_id_idx" ON __schema__."accounts" ("fee_fine_id");
CREATE INDEX "accounts_status_name_idx" ON __schema__."accounts" ("status_name");
CREATE TABLE __schema__."feefineactions" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "account_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{accountId}')) STORED,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED,
  "type_action" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{typeAction}')) STORED,
  "date_action" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{dateAction}')) STORED
);
CREATE INDEX "feefineactions_account_id_idx" ON __schema__."feefineactions" ("account_id");
CREATE INDEX "feefineactions_user_id_idx" ON __schema__."feefineactions" ("user_id");
CREATE INDEX "feefineactions_type_action_idx" ON __schema__."feefineactions" ("type_action");
CREATE INDEX "feefineactions_date_action_idx" ON __schema__."feefineactions" ("date_action");
CREATE TABLE __schema__."payments" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."waives" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."transfers" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."refunds" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."transfer_criteria" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."comments" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."actual_cost_record" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "loan_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{loan,id}')) STORED,
  "loss_type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{lossType}')) STORED,
  "loss_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{lossDate}')) STORED,
  "instance_title" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{instance,title}')) STORED,
  "item_permanent_location" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{item,permanentLocation}')) STORED,
  "fee_fine_type" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{feeFine,type}')) STORED,
  "fee_fine_owner" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{feeFine,owner}')) STORED,
  "status" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{status}')) STORED,
  "expiration_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{expirationDate}')) STORED
);
CREATE INDEX "actual_cost_record_loan_id_idx" ON __schema__."actual_cost_record" ("loan_id");
CREATE INDEX "actual_cost_record_loss_type_idx" ON __schema__."actual_cost_record" ("loss_type");
CREATE INDEX "actual_cost_record_loss_date_idx" ON __schema__."actual_cost_record" ("loss_date");
CREATE INDEX "actual_cost_record_instance_title_idx" ON __schema__."actual_cost_record" ("instance_title");
CREATE INDEX "actual_cost_record_item_permanent_location_idx" ON __schema__."actual_cost_record" ("item_permanent_location");
CREATE INDEX "actual_cost_record_fee_fine_type_idx" ON __schema__."actual_cost_record" ("fee_fine_type");
CREATE INDEX "actual_cost_record_fee_fine_owner_idx" ON __schema__."actual_cost_record" ("fee_fine_owner");
CREATE INDEX "actual_cost_record_status_expiration_date_idx" ON __schema__."actual_cost_record" ("status", "expiration_date");
CREATE INDEX "actual_cost_record_instance_title_words" ON __schema__."actual_cost_record" USING gin (public.octavo_tsvector(doc #>> '{instance,title}'));
CREATE INDEX "actual_cost_record_user_firstname_words" ON __schema__."actual_cost_record" USING gin (public.octavo_tsvector(doc #>> '{user,firstName}'));
CREATE INDEX "actual_cost_record_user_lastname_words" ON __schema__."actual_cost_record" USING gin (public.octavo_tsvector(doc #>> '{user,lastName}'));
CREATE TABLE __schema__."template" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."scheduled_notice" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "triggering_event" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{triggeringEvent}')) STORED,
  "next_run_time" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{nextRunTime}')) STORED,
  "loan_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{loanId}')) STORED,
  "request_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{requestId}')) STORED,
  "fee_fine_action_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{feeFineActionId}')) STORED,
  "recipient_user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{recipientUserId}')) STORED
);
CREATE INDEX "scheduled_notice_triggering_event_next_run_time_idx" ON __schema__."scheduled_notice" ("triggering_event", "next_run_time");
CREATE INDEX "scheduled_notice_next_run_time_idx" ON __schema__."scheduled_notice" ("next_run_time");
CREATE INDEX "scheduled_notice_loan_id_idx" ON __schema__."scheduled_notice" ("loan_id");
CREATE INDEX "scheduled_notice_request_id_idx" ON __schema__."scheduled_notice" ("request_id");
CREATE INDEX "scheduled_notice_fee_fine_action_id_idx" ON __schema__."scheduled_notice" ("fee_fine_action_id");
CREATE INDEX "scheduled_notice_recipient_user_id_idx" ON __schema__."scheduled_notice" ("recipient_user_id");
CREATE TABLE __schema__."message" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "next_attempt_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{nextAttemptDate}')) STORED,
  "recipient_user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{recipientUserId}')) STORED,
  "request_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{requestId}')) STORED,
  "date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{date}')) STORED,
  "expiration_date" timestamptz GENERATED ALWAYS AS (public.octavo_instant(doc #>> '{expirationDate}')) STORED
);
CREATE INDEX "message_next_attempt_date_idx" ON __schema__."message" ("next_attempt_date");
CREATE INDEX "message_recipient_user_id_idx" ON __schema__."message" ("recipient_user_id");
CREATE INDEX "message_request_id_idx" ON __schema__."message" ("request_id");
CREATE INDEX "message_date_idx" ON __schema__."message" ("date");
CREATE INDEX "message_expiration_date_idx" ON __schema__."message" ("expiration_date");
CREATE TABLE __schema__."circulation_settings" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "circulation_settings_unique_name" ON __schema__."circulation_settings" ("name");
CREATE TABLE __schema__."circulation_rules" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."staff_slips" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{name}')) STORED
);
CREATE UNIQUE INDEX "staff_slips_unique_name" ON __schema__."staff_slips" ("name");
CREATE TABLE __schema__."tlr_feature_toggle_job" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "status" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{status}')) STORED
);
CREATE INDEX "tlr_feature_toggle_job_status_idx" ON __schema__."tlr_feature_toggle_job" ("status");
CREATE TABLE __schema__."settings_entry" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "scope" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{scope}')) STORED,
  "key" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{key}')) STORED,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED
);
CREATE INDEX "settings_entry_scope_key_idx" ON __schema__."settings_entry" ("scope", "key");
CREATE UNIQUE INDEX "settings_entry_unique_scope_key_user_id" ON __schema__."settings_entry" ("scope", "key", public.octavo_fold(doc #>> '{userId}'));
CREATE TABLE __schema__."scheduler_timer" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL
);
CREATE TABLE __schema__."settings" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "key" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{key}')) STORED
);
CREATE UNIQUE INDEX "settings_unique_key" ON __schema__."settings" ("key");
CREATE TABLE __schema__."permissions" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "permission_name" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_fold(doc #>> '{permissionName}')) STORED
);
CREATE UNIQUE INDEX "permissions_unique_permission_name" ON __schema__."permissions" ("permission_name");
CREATE TABLE __schema__."permissions_users" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "user_id" uuid GENERATED ALWAYS AS (public.octavo_uuid(doc #>> '{userId}')) STORED
);
CREATE UNIQUE INDEX "permissions_users_unique_user_id" ON __schema__."permissions_users" (public.octavo_fold(doc #>> '{userId}'));
CREATE TABLE __schema__."webhook" (
  id uuid PRIMARY KEY,
  doc jsonb NOT NULL,
  "active" text COLLATE "C" GENERATED ALWAYS AS (public.octavo_lower(doc #>> '{active}')) STORED
);
CREATE INDEX "webhook_active_idx" ON __schema__."webhook" ("active");
ALTER TABLE __schema__."users" ADD CONSTRAINT "users_patron_group_fkey" FOREIGN KEY ("patron_group") REFERENCES __schema__."groups" (id);
ALTER TABLE __schema__."statistical_code" ADD CONSTRAINT "statistical_code_statistical_code_type_id_fkey" FOREIGN KEY ("statistical_code_type_id") REFERENCES __schema__."statistical_code_type" (id);
ALTER TABLE __schema__."service_point_user" ADD CONSTRAINT "service_point_user_default_service_point_id_fkey" FOREIGN KEY ("default_service_point_id") REFERENCES __schema__."service_point" (id);
ALTER TABLE __schema__."loccampus" ADD CONSTRAINT "loccampus_institution_id_fkey" FOREIGN KEY ("institution_id") REFERENCES __schema__."locinstitution" (id);
ALTER TABLE __schema__."loclibrary" ADD CONSTRAINT "loclibrary_campus_id_fkey" FOREIGN KEY ("campus_id") REFERENCES __schema__."loccampus" (id);
ALTER TABLE __schema__."location" ADD CONSTRAINT "location_institution_id_fkey" FOREIGN KEY ("institution_id") REFERENCES __schema__."locinstitution" (id);
ALTER TABLE __schema__."location" ADD CONSTRAINT "location_campus_id_fkey" FOREIGN KEY ("campus_id") REFERENCES __schema__."loccampus" (id);
ALTER TABLE __schema__."location" ADD CONSTRAINT "location_library_id_fkey" FOREIGN KEY ("library_id") REFERENCES __schema__."loclibrary" (id);
ALTER TABLE __schema__."instance" ADD CONSTRAINT "instance_instance_type_id_fkey" FOREIGN KEY ("instance_type_id") REFERENCES __schema__."instance_type" (id);
ALTER TABLE __schema__."instance" ADD CONSTRAINT "instance_mode_of_issuance_id_fkey" FOREIGN KEY ("mode_of_issuance_id") REFERENCES __schema__."mode_of_issuance" (id);
ALTER TABLE __schema__."instance" ADD CONSTRAINT "instance_status_id_fkey" FOREIGN KEY ("status_id") REFERENCES __schema__."instance_status" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES __schema__."instance" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_permanent_location_id_fkey" FOREIGN KEY ("permanent_location_id") REFERENCES __schema__."location" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_temporary_location_id_fkey" FOREIGN KEY ("temporary_location_id") REFERENCES __schema__."location" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_effective_location_id_fkey" FOREIGN KEY ("effective_location_id") REFERENCES __schema__."location" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_holdings_type_id_fkey" FOREIGN KEY ("holdings_type_id") REFERENCES __schema__."holdings_type" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_call_number_type_id_fkey" FOREIGN KEY ("call_number_type_id") REFERENCES __schema__."call_number_type" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_ill_policy_id_fkey" FOREIGN KEY ("ill_policy_id") REFERENCES __schema__."ill_policy" (id);
ALTER TABLE __schema__."holdings_record" ADD CONSTRAINT "holdings_record_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES __schema__."holdings_records_source" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_holdings_record_id_fkey" FOREIGN KEY ("holdings_record_id") REFERENCES __schema__."holdings_record" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_permanent_loan_type_id_fkey" FOREIGN KEY ("permanent_loan_type_id") REFERENCES __schema__."loan_type" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_temporary_loan_type_id_fkey" FOREIGN KEY ("temporary_loan_type_id") REFERENCES __schema__."loan_type" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_material_type_id_fkey" FOREIGN KEY ("material_type_id") REFERENCES __schema__."material_type" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_permanent_location_id_fkey" FOREIGN KEY ("permanent_location_id") REFERENCES __schema__."location" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_temporary_location_id_fkey" FOREIGN KEY ("temporary_location_id") REFERENCES __schema__."location" (id);
ALTER TABLE __schema__."item" ADD CONSTRAINT "item_effective_location_id_fkey" FOREIGN KEY ("effective_location_id") REFERENCES __schema__."location" (id);
ALTER TABLE __schema__."bound_with_part" ADD CONSTRAINT "bound_with_part_item_id_fkey" FOREIGN KEY ("item_id") REFERENCES __schema__."item" (id);
ALTER TABLE __schema__."bound_with_part" ADD CONSTRAINT "bound_with_part_holdings_record_id_fkey" FOREIGN KEY ("holdings_record_id") REFERENCES __schema__."holdings_record" (id);
ALTER TABLE __schema__."instance_relationship" ADD CONSTRAINT "instance_relationship_super_instance_id_fkey" FOREIGN KEY ("super_instance_id") REFERENCES __schema__."instance" (id);
ALTER TABLE __schema__."instance_relationship" ADD CONSTRAINT "instance_relationship_sub_instance_id_fkey" FOREIGN KEY ("sub_instance_id") REFERENCES __schema__."instance" (id);
ALTER TABLE __schema__."instance_relationship" ADD CONSTRAINT "instance_relationship_instance_relationship_type_id_fkey" FOREIGN KEY ("instance_relationship_type_id") REFERENCES __schema__."instance_relationship_type" (id);
ALTER TABLE __schema__."preceding_succeeding_title" ADD CONSTRAINT "preceding_succeeding_title_preceding_instance_id_fkey" FOREIGN KEY ("preceding_instance_id") REFERENCES __schema__."instance" (id);
ALTER TABLE __schema__."preceding_succeeding_title" ADD CONSTRAINT "preceding_succeeding_title_succeeding_instance_id_fkey" FOREIGN KEY ("succeeding_instance_id") REFERENCES __schema__."instance" (id);
ALTER TABLE __schema__."loan_policy" ADD CONSTRAINT "loan_policy_loans_policy_fixed_due_date_schedule_id_fkey" FOREIGN KEY ("loans_policy_fixed_due_date_schedule_id") REFERENCES __schema__."fixed_due_date_schedule" (id);
ALTER TABLE __schema__."loan_policy" ADD CONSTRAINT "loan_policy_renewals_policy_alternate_fixed_due_date_schedule_i" FOREIGN KEY ("renewals_policy_alternate_fixed_due_date_schedule_id") REFERENCES __schema__."fixed_due_date_schedule" (id);
ALTER TABLE __schema__."request" ADD CONSTRAINT "request_cancellation_reason_id_fkey" FOREIGN KEY ("cancellation_reason_id") REFERENCES __schema__."cancellation_reason" (id);
ALTER TABLE __schema__."patron_block_limits" ADD CONSTRAINT "patron_block_limits_condition_id_fkey" FOREIGN KEY ("condition_id") REFERENCES __schema__."patron_block_conditions" (id);
ALTER TABLE __schema__."feefines" ADD CONSTRAINT "feefines_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES __schema__."owners" (id);

-- What the declarations of the record types do not say. `__schema__` is the tenant's schema.

-- Which calendars a service point has.
CREATE INDEX calendar_assignments_idx ON __schema__.calendar USING gin ((doc -> 'assignments'));

-- Which loans a message tells of.
CREATE INDEX message_loans_idx ON __schema__.message USING gin ((doc -> 'loanIds'));

-- What is over and still knows a person; see store/retention.py.
CREATE INDEX accounts_remembering_idx ON __schema__.accounts (
    (coalesce(least(public.octavo_instant(doc #>> '{metadata,createdDate}'), public.octavo_instant(doc->>'dateCreated')),
        '1000-01-01Z')), id)
  WHERE status_name = 'closed' AND user_id <> id;
CREATE INDEX check_in_remembering_idx ON __schema__.check_in (occurred_date_time, id)
  WHERE doc->>'performedByUserId' <> doc->>'id';
CREATE INDEX actual_cost_record_decided_idx ON __schema__.actual_cost_record (
    (public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))), id)
  WHERE status <> 'open';
CREATE INDEX staging_users_changed_idx ON __schema__.staging_users (
    (public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))), id);

-- Closed requests that still know who wanted the item, by when they were changed last; see store/anonymise_requests.py.
CREATE INDEX request_remembering_idx ON __schema__.request (
    (public.octavo_instant(doc #>> '{metadata,updatedDate}')), id)
  WHERE status LIKE 'closed%' AND requester_id IS NOT NULL;

-- Items given up whose borrowers are to be billed, by when; see store/lost_items.py.
CREATE INDEX loan_unbilled_idx ON __schema__.loan (aged_to_lost_delayed_billing_date_lost_item_should_be_billed, id)
  WHERE status_name = 'open' AND doc #> '{agedToLostDelayedBilling,lostItemHasBeenBilled}' = 'false';

-- Closed loans that still know their borrower, by when they were closed; see store/remembering.py.
CREATE INDEX loan_remembering_idx ON __schema__.loan (
    (coalesce(public.octavo_instant(coalesce(doc->>'systemReturnDate', doc->>'returnDate')), 'infinity')), id)
  WHERE status_name = 'closed' AND doc ?| '{userId,proxyUserId}'::text[];

-- What has happened that patrons may be told of; see store/occasions.py.
CREATE TABLE __schema__.occasion (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event text NOT NULL,
  at timestamptz NOT NULL,
  user_id uuid,
  loan_id uuid,
  request_id uuid,
  action_id uuid,
  session_id uuid,
  failures int NOT NULL DEFAULT 0
);
CREATE INDEX occasion_at_idx ON __schema__.occasion (at);
CREATE INDEX occasion_user_id_idx ON __schema__.occasion (user_id);
CREATE INDEX occasion_loan_id_idx ON __schema__.occasion (loan_id);
CREATE INDEX occasion_request_id_idx ON __schema__.occasion (request_id);

-- Answers kept under the client's Idempotency-Key.
CREATE TABLE __schema__.replay (
  caller text NOT NULL,
  key text NOT NULL,
  digest text NOT NULL,
  at timestamptz NOT NULL,
  status int,
  content_type text,
  headers jsonb,
  body bytea,
  PRIMARY KEY (caller, key)
);
CREATE INDEX replay_at_idx ON __schema__.replay (at);

-- Who may log in. `hash` is argon2id; without one nobody logs in. Tokens older than `valid_from` are not
-- valid any more. `failures` are the times of the latest wrong passwords. The PIN of a patron is kept likewise.
CREATE TABLE __schema__.credential (
  user_id uuid PRIMARY KEY REFERENCES __schema__.users (id) ON DELETE CASCADE,
  hash text,
  valid_from timestamptz NOT NULL,
  failures timestamptz[] NOT NULL DEFAULT '{}',
  pin_hash text,
  pin_failures timestamptz[] NOT NULL DEFAULT '{}'
);

-- Who is signed in with a browser, on which side (`my` or `desk`). `digest` is the SHA-256 of the cookie's secret,
-- which is kept nowhere; `told` is what the next page says about what was done.
CREATE TABLE __schema__.visit (
  digest bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES __schema__.users (id) ON DELETE CASCADE,
  side text NOT NULL,
  begun timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  told jsonb
);
CREATE INDEX visit_user_id_idx ON __schema__.visit (user_id);
CREATE INDEX visit_seen_idx ON __schema__.visit (seen);

-- Refresh tokens are good for one use. Those that came from one another share a session.
CREATE TABLE __schema__.refresh_token (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES __schema__.users (id) ON DELETE CASCADE,
  session uuid NOT NULL,
  expires timestamptz NOT NULL,
  spent boolean NOT NULL DEFAULT false
);
CREATE INDEX refresh_token_user_id_idx ON __schema__.refresh_token (user_id);
CREATE INDEX refresh_token_session_idx ON __schema__.refresh_token (session);

-- Keys of patron tools. `digest` is the SHA-256 of the secret, which is kept nowhere.
CREATE TABLE __schema__.api_key (
  id uuid PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,
  name text NOT NULL,
  user_id uuid NOT NULL REFERENCES __schema__.users (id) ON DELETE CASCADE,
  username text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_key_user_id_idx ON __schema__.api_key (user_id);

-- Whose check-out is under way, so that no second one of the same patron runs beside it.
CREATE TABLE __schema__.check_out_lock (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL UNIQUE,
  creation_date timestamptz NOT NULL
);

-- Holds that their patrons have suspended: passed over in the queue until then. The row goes with the request.
CREATE TABLE __schema__.request_suspension (
  request_id uuid PRIMARY KEY REFERENCES __schema__.request (id) ON DELETE CASCADE,
  until timestamptz NOT NULL
);
CREATE INDEX request_suspension_until_idx ON __schema__.request_suspension (until);

-- What patrons have decided about their loan history: kept, or forgotten as soon as the library's rules allow it.
CREATE TABLE __schema__.patron_preference (
  user_id uuid PRIMARY KEY REFERENCES __schema__.users (id) ON DELETE CASCADE,
  keep_history boolean NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX patron_preference_forget_idx ON __schema__.patron_preference (user_id) WHERE NOT keep_history;

-- Links sent to those who have registered, by the SHA-256 of their secrets; each is good once.
CREATE TABLE __schema__.confirmation (
  digest bytea PRIMARY KEY,
  staging_id uuid NOT NULL REFERENCES __schema__.staging_users (id) ON DELETE CASCADE,
  expires timestamptz NOT NULL
);
CREATE INDEX confirmation_expires_idx ON __schema__.confirmation (expires);
CREATE INDEX confirmation_staging_id_idx ON __schema__.confirmation (staging_id);

-- By what patrons find works: the words of everything, and the numbers.
CREATE INDEX instance_found_by_idx ON __schema__.instance USING gin (public.octavo_found_by(doc, 'any'));
CREATE INDEX instance_numbers_idx ON __schema__.instance USING gin (public.octavo_numbers(doc));
-- What has changed and is not published yet, in the order of the changes of each record. `operation` is I, U, D, or A
-- (all records deleted). Emptied all the time, so vacuumed often.
CREATE TABLE __schema__.outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  topic text NOT NULL,
  record_id uuid,
  operation text NOT NULL,
  at timestamptz NOT NULL,
  old jsonb,
  new jsonb
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_record_id_idx ON __schema__.outbox (record_id);

-- What is published: `position` grows in the order in which events become visible, so that a reader needs no more than
-- the position of the last one it has seen.
CREATE TABLE __schema__.event (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  topic text NOT NULL,
  record_id uuid,
  operation text NOT NULL,
  at timestamptz NOT NULL,
  old jsonb,
  new jsonb
);
CREATE INDEX event_record_id_idx ON __schema__.event (record_id);

-- Up to which position events have been forgotten.
CREATE TABLE __schema__.event_horizon (position bigint NOT NULL);
INSERT INTO __schema__.event_horizon VALUES (0);

-- Webhooks beyond their records: the secret that signs, how far each has come, and who delivers to it now.
CREATE TABLE __schema__.webhook_delivery (
  webhook_id uuid PRIMARY KEY REFERENCES __schema__.webhook (id) ON DELETE CASCADE,
  secret text NOT NULL,
  position bigint NOT NULL,
  failures int NOT NULL DEFAULT 0,
  failing_since timestamptz,
  next_try timestamptz,
  holder text,
  held_until timestamptz
);
