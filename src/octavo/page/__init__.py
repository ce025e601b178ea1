"""The pages of Octavo: HTML over the same services, without a build step and without JavaScript."""
