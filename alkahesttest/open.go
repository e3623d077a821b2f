package alkahesttest

import (
	"context"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
)

// closeTime is how long at most the end of a test waits for connections that are still
// in use by goroutines on their way out.
const closeTime = 5 * time.Second

// Open returns the engine of a URL, connected, and closes it when the test has
// ended. Where something then still holds a connection, such as a session that
// was not closed or a result that was not read to its end, the test fails with
// file and line of who took it.
func Open(t testing.TB, url string, opts ...engine.Option) *engine.Engine {
	t.Helper()
	if url == "" {
		t.Fatal("alkahesttest: Open needs a database's URL, such as sqlite:///:memory: or postgresql://user@host/database")
	}
	db, err := engine.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatalf("alkahesttest: %v", err)
	}
	t.Cleanup(func() { closeEngine(t, db) })
	if _, err := db.Capabilities(t.Context()); err != nil {
		t.Fatalf("alkahesttest: %v", err)
	}
	return db
}

// Memory returns an empty SQLite database in memory, of this test alone. The
// test imports the glue: _ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc".
// It has one connection, lent in turn: who holds a transaction and asks for another
// waits for itself, and gets an error that names the holder.
func Memory(t testing.TB, opts ...engine.Option) *engine.Engine {
	t.Helper()
	patient := func(o *engine.Options) { o.PoolTimeout = patience }
	return Open(t, "sqlite:///:memory:", append([]engine.Option{patient}, opts...)...)
}

// closeEngine reports what still holds a connection.
func closeEngine(t testing.TB, db *engine.Engine) (clean bool) {
	t.Helper()
	wait := closeTime
	if limit := db.Options().PoolTimeout; limit > 0 {
		wait = min(wait, limit)
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := db.Close(ctx); err != nil {
		t.Errorf("alkahesttest: at the end of the test: %v; close the session, transaction or result that was begun there", err)
		return false
	}
	return true
}
