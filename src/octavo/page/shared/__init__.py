"""What the patron's and the staff's pages share: visitors, languages, forms, the layout and its style."""
