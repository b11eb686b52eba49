"""A fleet: every deployment below a folder, checked in one run."""
