"""The line between the web process and the worker: what either may ask, and how it is said.

Theory of operation. The web process parses the bytes of strangers and has no rights; the
worker is root and makes sandboxes. Whoever takes over the web process can say anything on
this line, so to the worker each message of it is a stranger's: bounded before it is read,
checked by a model before it means anything, and none of them names a path, a command or a
user. The line carries programs to be run, the messages of live sessions, and the news
that there are jobs; what a job is stands in the database.

It is a Unix socket in a directory that only the web process's user may enter, and the
worker asks the kernel who is at the other end (SO_PEERCRED). Each connection is one
request or one live session:

    web                                     worker
    {"op": "run", "program": {…}}       →
                                        ←   {"answer": {…}}  or  {"error": {…}}

    {"op": "session", "kind": "repl", …} →
                                        ←   {"answer": {}}   or  {"error": {…}}
    {"message": {…}}                    ⇄   {"message": {…}}, as many as wanted
                                        ←   end of the line when the session has ended

A message is a length of four bytes and as much JSON (`frames`). Closing the connection
ends what was asked for on it: a run whose caller is gone is stopped.

`Worker` is what both sides implement: `carrel.worker.LocalWorker` with the sandboxes
themselves, `RemoteWorker` here by asking over the line, and `serve_link` answers it.
"""
