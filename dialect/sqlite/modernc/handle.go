package modernc

import "modernc.org/libc"

// Handle is what Conn.Raw returns: the connection in terms of
// modernc.org/sqlite/lib, for functions of SQLite that this package does not
// wrap, such as backups, hooks and functions of one's own. It is good for as
// long as the connection is, on the goroutine that uses the connection, and
// must not be closed; statements prepared through it must be finalized before
// the connection goes back.
type Handle struct{ c *conn }

// DB returns the address of the sqlite3 object.
func (h *Handle) DB() uintptr { return h.c.db }

// TLS returns the thread state that calls on this connection take.
func (h *Handle) TLS() *libc.TLS { return h.c.tls }
