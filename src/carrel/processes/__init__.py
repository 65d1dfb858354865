"""The processes of `carrel serve`, and what each of them may do.

Theory of operation. Three processes, so that the one that reads strangers' bytes is not
the one that is root:

    parent     root; binds the address, keeps the other two running, ends them in order
    web        user carrel-web; HTTP and WebSockets, no capability, cannot gain any
    worker     root; sandboxes and the judge; hears the web process only (`carrel.link`)

The parent binds both sockets, that of HTTP and that of the line between the two, and
hands them on. So ports below 1024 work, and when one of the two dies, callers queue at a
socket that stays open until a new one has started. What each process needs to know goes
to it through its standard input (`config`), never through arguments, which everybody on
the machine may read. Each answers with one line on its standard output: that it is
ready, or why it is not.

Nothing is left, whatever dies. The kernel kills the two when the parent ends
(PR_SET_PDEATHSIG). The worker's sandboxes are removed by its guard process
(`carrel.sandbox.owner`), and the directory of the line by the parent's.
"""
