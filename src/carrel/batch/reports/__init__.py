"""The results of a batch as files: tables, data, a page to read, feedback for students."""
