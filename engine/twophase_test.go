package engine_test

import (
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// phased begins a transaction with two phases that adds a word. What an
// earlier run left prepared is undone first.
func phased(t *testing.T, e *engine.Engine, table *schema.Table, id, word string) *engine.Tx {
	t.Helper()
	if err := e.RollbackPrepared(t.Context(), id); err != nil && !errors.Is(err, engine.ErrNotPrepared) {
		t.Fatal(err)
	}
	tx, err := e.BeginTwoPhase(t.Context(), id, engine.TxOptions{Isolation: engine.ReadCommitted})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, addWord(table, word))
	return tx
}

func isPrepared(t *testing.T, e *engine.Engine, id string) bool {
	t.Helper()
	ids, err := e.PreparedTransactions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(ids, id)
}

func TestTwoPhaseCommit(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_two_phase")
		create(t, e, table)
		id := "engine.two-phase:1" + strings.ReplaceAll(t.Name()[strings.Index(t.Name(), "/")+1:], " ", "_")
		for _, c := range []struct {
			prepare bool
			end     func(*engine.Tx, context.Context) error
			word    string
			kept    bool
		}{
			{true, (*engine.Tx).Commit, "prepared", true},
			{true, (*engine.Tx).Rollback, "given up", false},
			{false, (*engine.Tx).Commit, "in one phase", true},
			{false, (*engine.Tx).Rollback, "never", false},
		} {
			tx := phased(t, e, table, id, c.word)
			if c.prepare {
				if err := tx.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := tx.Exec(t.Context(), addWord(table, "late")); err == nil || !strings.Contains(err.Error(), "is prepared") {
					t.Errorf("%s: a statement after Prepare: got %v", c.word, err)
				}
			}
			if isPrepared(t, e, id) != c.prepare {
				t.Errorf("%s: it is in the list: %v", c.word, !c.prepare)
			}
			if err := c.end(tx, t.Context()); err != nil || tx.ID() != id {
				t.Errorf("%s: %v, of %s", c.word, err, tx.ID())
			}
			if isPrepared(t, e, id) {
				t.Errorf("%s: it is still prepared", c.word)
			}
			if got := strings.Contains(allWords(t, e, table), c.word); got != c.kept {
				t.Errorf("%s: the row is there: %v", c.word, got)
			}
		}
	})
}

// The program that prepared a transaction is killed; another finds it, and
// commits it. A second one is undone.
func TestPreparedTransactionIsFoundAfterACrash(t *testing.T) {
	const id = "engine_crashed"
	if url := os.Getenv("ALKAHEST_PREPARE"); url != "" {
		e := open(t, url)
		tx := phased(t, e, words(t, "engine_crash"), id, os.Getenv("ALKAHEST_WORD"))
		if err := tx.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		self.Kill()
		select {}
	}
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_crash")
		if err := e.RollbackPrepared(t.Context(), id); err != nil && !errors.Is(err, engine.ErrNotPrepared) {
			t.Fatal(err)
		}
		create(t, e, table)
		for word, end := range map[string]func(context.Context, string) error{"kept": e.CommitPrepared, "undone": e.RollbackPrepared} {
			child := osexec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPreparedTransactionIsFoundAfterACrash$")
			child.Env = append(os.Environ(), "ALKAHEST_PREPARE="+e.URL().Reveal(), "ALKAHEST_WORD="+word)
			if out, err := child.CombinedOutput(); child.ProcessState.ExitCode() >= 0 {
				t.Fatalf("the program was to be killed: %v\n%s", err, out)
			}
			if !isPrepared(t, e, id) {
				t.Fatalf("%s: the transaction is not found", word)
			}
			if err := end(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if err := end(t.Context(), id); !errors.Is(err, engine.ErrNotPrepared) {
				t.Errorf("%s: a second time: got %v, want ErrNotPrepared", word, err)
			}
		}
		if got := allWords(t, e, table); got != "kept" {
			t.Errorf("got the rows %s, want kept", got)
		}
	})
}

// One program prepares and leaves, another decides.
func TestPreparedTransactionIsLeft(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_left")
		create(t, e, table)
		const id = "engine_left"
		var told []string
		listen(t, e, &engine.Events{
			Prepare: func(_ context.Context, id string, err error) { told = append(told, "prepare "+id) },
			Commit:  func(context.Context, error) { told = append(told, "commit") },
		})
		tx := phased(t, e, table, id, "left")
		if err := tx.Leave(t.Context()); err == nil {
			t.Error("a transaction that is not prepared was left")
		}
		if err := tx.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tx.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("after Leave: got %v", err)
		}
		if err := open(t, e.URL().Reveal()).CommitPrepared(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := allWords(t, e, table); got != "left" || !slices.Equal(told, []string{"prepare " + id}) {
			t.Errorf("got the rows %s and the events %q", got, told)
		}
	})
}

// The replies to both phases are lost: what the database did is unknown to the
// program, and PreparedTransactions tells.
func TestLostRepliesOfTwoPhases(t *testing.T) {
	onServers(t, func(t *testing.T, direct *engine.Engine) {
		table := words(t, "engine_phase_lost")
		create(t, direct, table)
		const id = "engine_lost"
		p := proxy.Start(t, direct.URL().Reveal())
		e := open(t, p.URL())
		if err := direct.RollbackPrepared(t.Context(), id); err != nil && !errors.Is(err, engine.ErrNotPrepared) {
			t.Fatal(err)
		}
		tx := phased(t, e, table, id, "lost and found")
		requests := 1
		if strings.HasPrefix(direct.URL().Scheme(), "m") {
			requests = 2 // XA END
		}
		p.EatReply(requests)
		if err := tx.Prepare(t.Context()); !errors.Is(err, sqlerr.ErrOutcomeUnknown) || !p.Struck() {
			t.Fatalf("Prepare: got %v, want an unknown outcome", err)
		}
		p.Disarm()
		if !isPrepared(t, direct, id) {
			t.Error("it is not prepared")
		}
		if err := e.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.EatReply(1)
		if err := e.CommitPrepared(t.Context(), id); !errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			t.Fatalf("CommitPrepared: got %v, want an unknown outcome", err)
		}
		if got := allWords(t, direct, table); isPrepared(t, direct, id) || got != "lost and found" {
			t.Errorf("got the rows %s", got)
		}
	})
}

func TestTwoPhaseIsRefusedByName(t *testing.T) {
	e := open(t, "sqlite://")
	var unsupported *compile.UnsupportedError
	_, err := e.BeginTwoPhase(t.Context(), "a", engine.TxOptions{})
	if !errors.As(err, &unsupported) || unsupported.Construct != "two-phase commit" || unsupported.Dialect != "sqlite" {
		t.Errorf("BeginTwoPhase: got %v", err)
	}
	if _, err := e.PreparedTransactions(t.Context()); !errors.As(err, &unsupported) {
		t.Errorf("PreparedTransactions: got %v", err)
	}
	onServers(t, func(t *testing.T, e *engine.Engine) {
		for _, id := range []string{"", "it's", "a b", strings.Repeat("x", 65)} {
			if _, err := e.BeginTwoPhase(t.Context(), id, engine.TxOptions{}); err == nil || !strings.Contains(err.Error(), "can't be the id") {
				t.Errorf("the id %q: got %v", id, err)
			}
		}
		if _, err := e.BeginTwoPhase(t.Context(), "a", engine.TxOptions{ReadOnly: true}); err == nil {
			t.Error("a transaction that only reads was begun")
		}
		tx := begin(t, e, engine.TxOptions{})
		defer tx.Rollback(t.Context())
		if err := tx.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "BeginTwoPhase") {
			t.Errorf("Prepare of a transaction of one phase: got %v", err)
		}
	})
}
