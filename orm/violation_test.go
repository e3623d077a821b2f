package orm_test

import (
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Ticket has a constraint of each kind.
type Ticket struct {
	ID    int64
	Code  string
	Seat  *int64
	Owner *int64
	Price int64
}

type ticketTable struct {
	orm.Table[Ticket]
	ID    schema.Int64
	Code  schema.Text
	Seat  schema.Int64
	Owner schema.Int64
	Price schema.Int64
}

func (*ticketTable) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.UniqueOn("one_seat", "seat", "price")}
}

var (
	tickets = orm.NewBase()
	Owners  = orm.Declare(tickets, "owners", keyedTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	Tickets = orm.Declare(tickets, "tickets", ticketTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Code: schema.String(20, schema.Unique()),
		Owner: schema.BigInteger(schema.ForeignKey("owners.id")),
		Price: schema.BigInteger(schema.Check("price_is_positive", expr.SQL("price > 0"))),
	})
)

// violations are what each entity violates beside a first ticket.
var violations = map[string]struct {
	ticket Ticket
	want   sqlerr.ConstraintError
}{
	"primary key":       {Ticket{ID: 1, Code: "b", Price: 1}, sqlerr.ConstraintError{Kind: sqlerr.PrimaryKey, Name: "tickets_pkey", Table: "tickets", Columns: []string{"id"}}},
	"unique":            {Ticket{ID: 2, Code: "a", Price: 1}, sqlerr.ConstraintError{Kind: sqlerr.Unique, Name: "tickets_code_key", Table: "tickets", Columns: []string{"code"}}},
	"unique of columns": {Ticket{ID: 2, Code: "b", Seat: ptr(int64(7)), Price: 1}, sqlerr.ConstraintError{Kind: sqlerr.Unique, Name: "one_seat", Table: "tickets", Columns: []string{"seat", "price"}}},
	"check":             {Ticket{ID: 2, Code: "b"}, sqlerr.ConstraintError{Kind: sqlerr.Check, Name: "price_is_positive", Table: "tickets"}},
	"foreign key":       {Ticket{ID: 2, Code: "b", Owner: ptr(int64(9)), Price: 1}, sqlerr.ConstraintError{Kind: sqlerr.ForeignKey, Name: "tickets_owner_fkey", Table: "tickets", Columns: []string{"owner"}}},
}

// wantViolation compares what an error says of a constraint.
func wantViolation(t *testing.T, name string, err error, want sqlerr.ConstraintError) {
	t.Helper()
	var got *sqlerr.ConstraintError
	if !errors.As(err, &got) {
		t.Errorf("%s: got %v, want a ConstraintError", name, err)
		return
	}
	if d := gocmp.Diff(*got, want, cmpopts.IgnoreFields(sqlerr.ConstraintError{}, "Err", "Hint")); d != "" {
		t.Errorf("%s (-got +want):\n%s", name, d)
	}
}

// violate violates each constraint, in a transaction of its own each.
func violate(t *testing.T, db *database, prepare func(tx *engine.Tx)) {
	t.Helper()
	ctx := t.Context()
	s := session(t, db)
	s.Add(&Ticket{ID: 1, Code: "a", Seat: ptr(int64(7)), Price: 1})
	must(t, s.Commit(ctx))
	for name, c := range violations {
		tx, err := s.Tx(ctx)
		must(t, err)
		prepare(tx)
		ticket := c.ticket
		s.Add(&ticket)
		err = s.Flush(ctx)
		wantViolation(t, name, err, c.want)
		must(t, s.Rollback(ctx))
	}
	tx, err := s.Tx(ctx)
	must(t, err)
	prepare(tx)
	_, err = tx.Exec(ctx, expr.NewInsert(Tickets.Schema()).Rows(
		[]expr.Expression{Tickets.ID, Tickets.Code, Tickets.Price}, []expr.Expression{expr.Value(int64(2)), expr.NULL, expr.Value(int64(1))}))
	wantViolation(t, "not null", err, sqlerr.ConstraintError{Kind: sqlerr.NotNull, Table: "tickets", Columns: []string{"code"}})
	must(t, s.Rollback(ctx))
}

func TestViolationsNameAll(t *testing.T) {
	everywhere(t, tickets, func(t *testing.T, db *database) { violate(t, db, func(*engine.Tx) {}) })
}

// The server speaks German, which it has to prove.
func TestViolationsInAnotherLanguage(t *testing.T) {
	on(t, []string{"mariadb"}, tickets, func(t *testing.T, db *database) {
		violate(t, db, func(tx *engine.Tx) {
			run(t, tx, "SET SESSION lc_messages = 'de_DE'")
			_, err := tx.Exec(t.Context(), sqlText("SELECT * FROM nothing_here"))
			if err == nil || !strings.Contains(err.Error(), "existiert nicht") {
				t.Errorf("got %v, want it in German", err)
			}
		})
	})
}

// A server of PostgreSQL has the languages of its machine only, so here a
// trigger speaks one that no server does.
func TestViolationsInWordsOfTheirOwn(t *testing.T) {
	codes := map[string]sqlerr.ConstraintKind{
		"23505": sqlerr.Unique, "23503": sqlerr.ForeignKey, "23514": sqlerr.Check, "23502": sqlerr.NotNull,
	}
	on(t, []string{"postgres15", "postgres18"}, tickets, func(t *testing.T, db *database) {
		for code, kind := range codes {
			run(t, db, "CREATE OR REPLACE FUNCTION speak() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "+
				"RAISE EXCEPTION 'kaj tio ne eblas' USING ERRCODE = '"+code+"', CONSTRAINT = 'mia', TABLE = 'tickets', COLUMN = 'code'; END $$")
			run(t, db, "CREATE OR REPLACE TRIGGER speaks BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION speak()")
			s := session(t, db)
			s.Add(&Ticket{ID: 1, Code: "a", Price: 1})
			wantViolation(t, code, s.Flush(t.Context()), sqlerr.ConstraintError{Kind: kind, Name: "mia", Table: "tickets", Columns: []string{"code"}})
			must(t, s.Close(t.Context()))
		}
	})
}
