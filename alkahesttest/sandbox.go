package alkahesttest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
)

// patience is how long a sandbox's transaction waits for the one before it.
const patience = 5 * time.Second

// SandboxOption changes how a sandbox works.
type SandboxOption func(o *engine.Options)

// Patience is how long a transaction waits for the sandbox's connection while
// another holds it, and the end of the test for what is still in use: 5 s where
// it is left out. Then it fails, and names the holder.
func Patience(d time.Duration) SandboxOption {
	return func(o *engine.Options) { o.PoolTimeout = d }
}

// Sandbox returns an engine on which a test can do as it likes: nothing of it
// stays, and no other test sees it. db is the database with its tables and what
// all tests begin with; each parallel test has its own sandbox of it.
//
// A sandbox is one transaction on one connection of db's pool, which is rolled
// back when the test has ended; so db has at least as many connections as there are
// tests at once. What runs on it begins, commits and rolls back savepoints
// within, and statements outside of transactions are undone alone where they fail,
// as on the database itself. Constraints that wait for COMMIT are checked there.
// One transaction at a time has the connection; others wait for it, those of
// the same goroutine too: a test that holds a transaction open and calls what begins
// another gets sqlerr.ErrPoolTimeout after Patience, with the line of the holder.
//
// Rows of other sandboxes are locked, not invisible to constraints: a test that inserts
// a unique value which a test beside it has inserted waits for the other's end, and two
// that wait for each other are a deadlock. Give each test values of its own, as the
// sequences of a Factory do.
//
// All transactions have the sandbox's isolation level, whichever they ask for,
// and on PostgreSQL its time: now() is when the sandbox began. Those that only read
// refuse writes. Two-phase commit, and DDL where the product commits by it, are refused
// with *compile.UnsupportedError; such tests take a database from a Template.
//
// On SQLite, which has one writer, a sandbox is a copy of db in memory, in which
// everything is allowed.
func Sandbox(t testing.TB, db *engine.Engine, opts ...SandboxOption) *engine.Engine {
	t.Helper()
	caps, err := db.Capabilities(t.Context())
	if err != nil {
		t.Fatalf("alkahesttest: sandbox: %v", err)
	}
	o := db.Options()
	o.PoolTimeout = patience
	for _, opt := range opts {
		opt(&o)
	}
	if caps.SingleWriter || caps.OneConnection {
		return copyInMemory(t, db, o)
	}
	b, err := newSandbox(t.Context(), db, caps)
	if err != nil {
		t.Fatalf("alkahesttest: sandbox: %v", err)
	}
	o.PoolSize, o.Overflow, o.Recycle, o.PrePing = 1, -1, 0, false
	e := engine.New(db.Dialect(), b, o)
	t.Cleanup(func() { b.end(t, e) })
	return e
}

// sandbox is a connection with an open transaction, and a driver.Connector whose
// connections are it, one after the other.
type sandbox struct {
	db   *engine.Engine
	caps engine.Capabilities
	own  *engine.Conn
	drv  driver.Conn
	out  chan struct{} // of one element: a connection is out
	// lost is why the transaction is no more.
	lost error
	// set says that there is a savepoint, fresh that nothing has happened since.
	set, fresh bool
	// rows are of the last statement outside of a transaction. Whether it has
	// failed is known once they are closed.
	rows driver.Rows
}

func newSandbox(ctx context.Context, db *engine.Engine, caps engine.Capabilities) (*sandbox, error) {
	if caps.Savepoints.None || caps.Savepoints.Words().Release == "" {
		return nil, &compile.UnsupportedError{Construct: "savepoints that a sandbox could be made of", Dialect: db.Dialect().Name(), Instead: "use a Template"}
	}
	if !caps.SessionState {
		return nil, errors.New("a pooler of transactions is in between; give the server's own address")
	}
	begin, err := db.Dialect().Begin(caps, engine.TxOptions{Isolation: db.Options().Execution.Isolation})
	if err != nil {
		return nil, err
	}
	own, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	b := &sandbox{db: db, caps: caps, own: own, out: make(chan struct{}, 1)}
	if b.drv, err = own.Driver(); err == nil {
		for i := 0; i < len(begin) && err == nil; i++ {
			_, err = b.drv.Exec(ctx, begin[i])
		}
	}
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return b, nil
}

// String implements driver.Connector.
func (b *sandbox) String() string { return "a sandbox of " + b.db.String() }

var errDetached = errors.New("the sandbox has one connection, which was taken out of the pool; give it back first, or use a Template")

// Connect implements driver.Connector.
func (b *sandbox) Connect(ctx context.Context, role driver.Role) (driver.Conn, error) {
	if role == driver.Service {
		return b.service(ctx)
	}
	select {
	case b.out <- struct{}{}:
	default:
		return nil, errDetached
	}
	if b.lost != nil {
		<-b.out
		return nil, b.lost
	}
	c := &conn{b: b, stmts: map[*stmt]struct{}{}}
	if copier, ok := b.drv.(driver.Copier); ok {
		return &copying{conn: c, copier: copier}, nil
	}
	return c, nil
}

// service returns a connection outside of the sandbox: what is done on it, such
// as taking values of a sequence, commits by itself everywhere.
func (b *sandbox) service(ctx context.Context) (driver.Conn, error) {
	own, err := b.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	drv, err := own.Driver()
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return lent{Conn: drv, own: own}, nil
}

// lent is a connection that goes back to its pool.
type lent struct {
	driver.Conn
	own *engine.Conn
}

// Close implements driver.Conn.
func (l lent) Close(context.Context) error { return l.own.Close() }

// end rolls all back.
func (b *sandbox) end(t testing.TB, e *engine.Engine) {
	t.Helper()
	clean := closeEngine(t, e)
	if b.lost != nil {
		t.Errorf("alkahesttest: %v", b.lost)
	}
	if clean && b.lost == nil {
		if err := b.own.Close(); err != nil {
			t.Errorf("alkahesttest: rolling the sandbox back: %v", err)
		}
		return
	}
	// Somebody may still use it, so nobody else gets it.
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := b.own.Invalidate(ctx, b.lost); err != nil {
		t.Errorf("alkahesttest: closing the sandbox's connection: %v", err)
	}
}

// note looks whether the transaction is still there, after a statement that
// has ended with err. It returns err.
func (b *sandbox) note(err error) error {
	if b.lost != nil || !b.drv.Broken() && b.drv.InTx() {
		return err
	}
	switch {
	case b.drv.Broken():
		b.lost = fmt.Errorf("the sandbox is gone with its connection: %w", err)
	case err != nil:
		b.lost = fmt.Errorf("the database has ended the transaction that the sandbox is, with all that the test did (%w); sandboxes at once that lock the same rows in different order need a Template", err)
	default:
		b.lost = errors.New("a statement has committed the transaction that the sandbox is, so that rows of this test stay in the database; use a Template for such tests")
	}
	if err == nil {
		return b.lost
	}
	return err
}
