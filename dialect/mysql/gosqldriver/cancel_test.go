package gosqldriver

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// waitForStatement returns when the server runs a statement on connection id:
// one that it is only preparing shows its text as well.
func waitForStatement(tb testing.TB, c *conn, id uint64) {
	tb.Helper()
	st := prepare(tb, c, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ? AND command <> 'Prepare' AND info LIKE '%SLEEP%'", 1)
	for range 10000 {
		rows, err := st.Query(context.Background(), []sqltype.Value{sqltype.Uint64Value(id)})
		if err != nil {
			tb.Fatal(err)
		}
		rows.Next()
		n := rows.Int64(0)
		if err := rows.Close(); err != nil {
			tb.Fatal(err)
		}
		if n == 1 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	tb.Fatal("the statement never ran")
}

func TestCancelStopsTheStatementOnTheServer(t *testing.T) {
	k := testConnector(t, "")
	a, b := connect(t, k), connect(t, k)
	table(t, b, "gsd_cancel", "v INT")
	cause := errors.New("the caller went away")
	for name, start := range map[string]func(context.Context) error{
		"exec": func(ctx context.Context) error {
			_, err := a.Exec(ctx, "INSERT INTO gsd_cancel SELECT SLEEP(600)")
			return err
		},
		"prepared": func(ctx context.Context) error {
			_, err := prepare(t, a, "INSERT INTO gsd_cancel SELECT SLEEP(?)", 1).Exec(ctx, []sqltype.Value{sqltype.Float64Value(600)})
			return err
		},
		"query": func(ctx context.Context) error {
			rows, err := prepare(t, a, "INSERT INTO gsd_cancel SELECT SLEEP(600) RETURNING v", 0).Query(ctx, nil)
			if err != nil {
				return err
			}
			rows.Next()
			return rows.Close()
		},
	} {
		ctx, cancel := context.WithCancelCause(context.Background())
		done := make(chan error)
		go func() { done <- start(ctx) }()
		waitForStatement(t, b, a.id)
		cancel(cause)
		err := <-done
		if !errors.Is(err, cause) || !isInterrupt(err) {
			t.Errorf("%s: got %v, want the cause and the server's 1317", name, err)
		}
		if a.Broken() {
			t.Fatalf("%s: the connection broke", name)
		}
		// The table is locked by the statement as long as it runs.
		if got := number(t, b, "SELECT COUNT(*) FROM gsd_cancel FOR UPDATE"); got != 0 {
			t.Errorf("%s: got %d rows, want 0", name, got)
		}
		if got := number(t, a, "SELECT 7"); got != 7 {
			t.Errorf("%s: the next statement gave %d", name, got)
		}
	}
}

func TestCancelWhileRowsAreRead(t *testing.T) {
	a := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st := prepare(t, a, "SELECT a.seq FROM seq_1_to_100000 a, seq_1_to_100000 b", 0)
	rows, err := st.Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; rows.Next(); i++ {
		if i == 10 {
			cancel()
		}
	}
	if err := rows.Close(); !errors.Is(err, context.Canceled) || !isInterrupt(err) {
		t.Errorf("got %v, want context.Canceled and the server's 1317", err)
	}
	if got := number(t, a, "SELECT 7"); got != 7 {
		t.Errorf("the next statement gave %d", got)
	}
}

// A kill that comes late must not hit the statement after.
func TestCancelNeverHitsALaterStatement(t *testing.T) {
	k := testConnector(t, "")
	a := connect(t, k)
	table(t, a, "gsd_late", "id INT AUTO_INCREMENT PRIMARY KEY, v INT")
	insert := prepare(t, a, "INSERT INTO gsd_late (v) VALUES (?)", 1)
	args := []sqltype.Value{sqltype.Int64Value(1)}
	want := int64(0)
	for i := range 1000 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%50)*4*time.Microsecond)
		_, err := insert.Exec(ctx, args)
		cancel()
		var lost *driver.ConnError
		switch {
		case err == nil:
			want++
		case errors.As(err, &lost):
			t.Fatalf("round %d: the connection was lost: %v", i, err)
		case !errors.Is(err, context.DeadlineExceeded):
			t.Fatalf("round %d: got %v", i, err)
		}
		if _, err := insert.Exec(context.Background(), args); err != nil {
			t.Fatalf("round %d: the next statement failed: %v", i, err)
		}
		want++
	}
	if got := number(t, a, "SELECT COUNT(*) FROM gsd_late"); got != want {
		t.Errorf("got %d rows, want %d: those whose INSERT gave no error", got, want)
	}
}

func TestCancelOnAnotherServerSendsNoKill(t *testing.T) {
	k := testConnector(t, "cancel_grace=2s")
	a, b := connect(t, k), connect(t, k)
	a.server = "somewhere else"
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := a.Exec(ctx, "SELECT SLEEP(20)")
		done <- err
	}()
	waitForStatement(t, b, a.id)
	cancel()
	err := <-done
	var lost *driver.ConnError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &lost) || !lost.Sent || !a.Broken() {
		t.Errorf("got %v, want context.Canceled and a ConnError", err)
	}
	st := prepare(t, b, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ? AND command <> 'Prepare' AND info LIKE '%SLEEP%'", 1)
	rows, err := st.Query(context.Background(), []sqltype.Value{sqltype.Uint64Value(a.id)})
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	if rows.Int64(0) != 1 {
		t.Error("a statement on another server was killed")
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	exec(t, b, "KILL CONNECTION %d", a.id)
}

// A program that cancels much, or tries to connect for days, keeps nothing of it.
func TestNothingStaysOfConnections(t *testing.T) {
	a, refused := open(t), testConnector(t, "set.sql_mode=ANSI")
	before := runtime.NumGoroutine()
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		if _, err := a.Exec(ctx, "SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b"); !isInterrupt(err) {
			t.Fatal(err)
		}
		cancel()
		if _, err := refused.Connect(context.Background(), driver.ReadWrite); err == nil {
			t.Fatal("connected, want a refusal")
		}
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("got %d goroutines, want the %d of before", runtime.NumGoroutine(), before)
}

func TestEndedContextSendsNothing(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	written := c.net.written.Load()
	_, err := c.Exec(ctx, "DO 1")
	if !errors.Is(err, context.Canceled) || c.net.written.Load() != written || c.Broken() {
		t.Errorf("got %v, %d bytes sent, broken %v", err, c.net.written.Load()-written, c.Broken())
	}
}
