package gosqldriver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestConstraintErrors(t *testing.T) {
	c := open(t)
	table(t, c, "gsd_parent", "id INT PRIMARY KEY, code VARCHAR(20), UNIQUE KEY gsd_code (code)")
	table(t, c, "gsd_child", "id INT NOT NULL, parent INT, n INT, CONSTRAINT gsd_positive CHECK (n > 0), "+
		"CONSTRAINT gsd_fk FOREIGN KEY (parent) REFERENCES gsd_parent (id)")
	exec(t, c, "INSERT INTO gsd_parent VALUES (1, 'it''s ''x''')")
	exec(t, c, "INSERT INTO gsd_child VALUES (1, 1, 1)")
	type want struct {
		Kind    sqlerr.ConstraintKind
		Name    string
		Columns []string
	}
	cases := map[string]want{
		"INSERT INTO gsd_parent VALUES (2, 'it''s ''x''')": {sqlerr.Unique, "gsd_code", nil},
		"INSERT INTO gsd_parent VALUES (1, 'b')":           {sqlerr.Unique, "PRIMARY", nil},
		"INSERT INTO gsd_child VALUES (2, 9, 1)":           {sqlerr.ForeignKey, "gsd_fk", []string{"parent"}},
		"DELETE FROM gsd_parent":                           {sqlerr.ForeignKey, "gsd_fk", []string{"parent"}},
		"INSERT INTO gsd_child VALUES (NULL, 1, 1)":        {sqlerr.NotNull, "", []string{"id"}},
		"INSERT INTO gsd_child (parent) VALUES (1)":        {sqlerr.NotNull, "", []string{"id"}},
		"INSERT INTO gsd_child VALUES (2, 1, -1)":          {sqlerr.Check, "gsd_positive", nil},
	}
	for sql, w := range cases {
		_, err := c.Exec(context.Background(), sql)
		var got *sqlerr.ConstraintError
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a ConstraintError", sql, err)
			continue
		}
		if diff := cmp.Diff(want{got.Kind, got.Name, got.Columns}, w); diff != "" {
			t.Errorf("%s: got -, want +\n%s", sql, diff)
		}
		var native *mysql.MySQLError
		if !errors.As(err, &native) {
			t.Errorf("%s: the driver's own error is not reachable", sql)
		}
	}
	if c.Broken() {
		t.Error("the connection broke")
	}
}

func TestOtherAnswers(t *testing.T) {
	c := open(t)
	table(t, c, "gsd_small", "id TINYINT AUTO_INCREMENT PRIMARY KEY, d DATE, s VARCHAR(3)")
	exec(t, c, "INSERT INTO gsd_small (id) VALUES (127)")
	if _, err := c.Exec(context.Background(), "INSERT INTO gsd_small (d) VALUES (NULL)"); !errors.Is(err, sqlerr.ErrIDExhausted) {
		t.Errorf("full auto-increment: got %v, want ErrIDExhausted", err)
	}
	_, err := c.Exec(context.Background(), "UPDATE gsd_small SET d = 'secret value'")
	var db *sqlerr.DatabaseError
	if !errors.As(err, &db) || db.Code != "1292" || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want 1292 without the value", err)
	}
	if _, err = c.Exec(context.Background(), "UPDATE gsd_small SET s = 'long text'"); !errors.As(err, &db) || db.Code != "1406" {
		t.Errorf("got %v, want 1406", err)
	}
	exec(t, c, "SET STATEMENT max_statement_time = 0.01 FOR DO 1")
	_, err = c.Exec(context.Background(), "SET STATEMENT max_statement_time = 0.01 FOR SELECT SLEEP(10)")
	if !errors.As(err, &db) || db.Code != "1969" || c.Broken() {
		t.Errorf("got %v, want 1969 on a whole connection", err)
	}
}

func TestLockErrors(t *testing.T) {
	k := testConnector(t, "set.innodb_lock_wait_timeout=1")
	a, b := connect(t, k), connect(t, k)
	table(t, a, "gsd_locks", "id INT PRIMARY KEY, v INT")
	exec(t, a, "INSERT INTO gsd_locks VALUES (1, 0), (2, 0)")
	ctx := context.Background()

	exec(t, a, "BEGIN")
	exec(t, a, "UPDATE gsd_locks SET v = 1 WHERE id = 1")
	exec(t, b, "BEGIN")
	if _, err := b.Exec(ctx, "UPDATE gsd_locks SET v = 2 WHERE id = 1"); !errors.Is(err, sqlerr.ErrLockTimeout) {
		t.Errorf("got %v, want ErrLockTimeout", err)
	}
	if !b.InTx() {
		t.Error("a lock time-out ended the transaction")
	}

	exec(t, b, "UPDATE gsd_locks SET v = 2 WHERE id = 2")
	done := make(chan error)
	go func() {
		_, err := a.Exec(ctx, "UPDATE gsd_locks SET v = 1 WHERE id = 2")
		done <- err
	}()
	_, errB := b.Exec(ctx, "UPDATE gsd_locks SET v = 2 WHERE id = 1")
	errA := <-done
	loser := b
	if errors.Is(errA, sqlerr.ErrDeadlock) {
		loser = a
	} else if !errors.Is(errB, sqlerr.ErrDeadlock) {
		t.Fatalf("got %v and %v, want one ErrDeadlock", errA, errB)
	}
	if loser.InTx() {
		t.Error("the deadlock's loser is still in its transaction")
	}
	exec(t, a, "ROLLBACK")
	exec(t, b, "ROLLBACK")
	if got := number(t, a, "SELECT COUNT(*) FROM gsd_locks WHERE v = 0"); got != 2 {
		t.Errorf("got %d untouched rows, want 2", got)
	}
}

// An error carries no status, and some errors end the transaction.
func TestAnErrorThatEndsTheTransaction(t *testing.T) {
	c := open(t)
	exec(t, c, "DROP PROCEDURE IF EXISTS gsd_gone")
	exec(t, c, "CREATE PROCEDURE gsd_gone(ends INT) BEGIN IF ends THEN ROLLBACK; END IF; SIGNAL SQLSTATE '45000'; END")
	t.Cleanup(func() { exec(t, open(t), "DROP PROCEDURE gsd_gone") })
	for ends := range 2 {
		exec(t, c, "BEGIN")
		if _, err := c.Exec(context.Background(), fmt.Sprintf("CALL gsd_gone(%d)", ends)); err == nil {
			t.Fatal("got no error of the procedure")
		}
		if got, want := c.InTx(), ends == 0; got != want {
			t.Errorf("after an error with ends = %d the connection says that it is in a transaction: %v", ends, got)
		}
	}
}

func TestKilledConnectionIsLost(t *testing.T) {
	a, b := open(t), open(t)
	exec(t, b, "KILL CONNECTION %d", a.id)
	_, err := a.Exec(context.Background(), "DO 1")
	var lost *driver.ConnError
	if !errors.As(err, &lost) || !a.Broken() {
		t.Fatalf("got %v and broken %v, want a ConnError and true", err, a.Broken())
	}
	_, err = a.Exec(context.Background(), "DO 1")
	if !errors.As(err, &lost) || lost.Sent {
		t.Errorf("after it broke: got %v, want a ConnError with nothing sent", err)
	}
}

// What a node of a cluster says when it is out of it, or lost it in the middle of COMMIT.
func TestAnswersOfANodeWithoutItsCluster(t *testing.T) {
	for _, tc := range []struct {
		answer     mysql.MySQLError
		lost, sent bool
	}{
		{mysql.MySQLError{Number: 1047, Message: "WSREP has not yet prepared node for application use"}, true, false},
		{mysql.MySQLError{Number: 1047, Message: "Unknown command"}, false, false},
		{mysql.MySQLError{Number: 1180, Message: "Got error 5 \"Input/output error\" during COMMIT"}, true, true},
	} {
		c := open(t)
		err := c.classify(&tc.answer, true)
		var lost *driver.ConnError
		if errors.As(err, &lost) != tc.lost || c.Broken() != tc.lost || tc.lost && lost.Sent != tc.sent {
			t.Errorf("%s: got %v and broken %v", tc.answer.Message, err, c.Broken())
		}
	}
}

func TestKilledConnectionDuringAStatement(t *testing.T) {
	a, b := open(t), open(t)
	done := make(chan error)
	go func() {
		_, err := a.Exec(context.Background(), "SELECT SLEEP(20)")
		done <- err
	}()
	waitForStatement(t, b, a.id)
	exec(t, b, "KILL CONNECTION %d", a.id)
	var lost *driver.ConnError
	if err := <-done; !errors.As(err, &lost) || !lost.Sent || !a.Broken() {
		t.Errorf("got %v, want a ConnError whose request was sent", err)
	}
}

func TestConnectErrors(t *testing.T) {
	k := testConnector(t, "").(*connector)
	cfg := *k.cfg
	cfg.Password = "not the password"
	wrong, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrong.Connect(context.Background(), driver.ReadWrite)
	var db *sqlerr.DatabaseError
	if !errors.As(err, &db) || db.Code != "1045" {
		t.Errorf("got %v, want 1045", err)
	}
	cfg = *k.cfg
	cfg.Port = 1
	nobody, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = nobody.Connect(context.Background(), driver.ReadWrite)
	var lost *driver.ConnError
	if !errors.As(err, &lost) || lost.Sent {
		t.Errorf("got %v, want a ConnError with nothing sent", err)
	}
}
