"""Archives and folders of strangers, read as hostile: nothing leads out, nothing is unbounded."""
