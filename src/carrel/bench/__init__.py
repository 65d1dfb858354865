"""`carrel bench`: what carrel costs on this machine, each figure beside its floor."""
