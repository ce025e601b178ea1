"""The API classes, in modules named as in foliolib."""
