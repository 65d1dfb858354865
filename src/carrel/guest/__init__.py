"""The program inside a sandbox, in C; read it from `agent.c`."""
