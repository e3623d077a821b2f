package orm_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Account is known by its email, whatever its id.
type Account struct {
	ID     int64
	Email  string
	Visits int64
	Note   *string
	Plan   *string
}

func (a *Account) String() string {
	return fmt.Sprintf("%d %s %d %s %s", a.ID, a.Email, a.Visits, textOf(a.Note), textOf(a.Plan))
}

func textOf(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

type accountTable struct {
	orm.Table[Account]
	ID     schema.Int64
	Email  schema.Text
	Visits schema.Int64
	Note   schema.Text
	Plan   schema.Text
}

var (
	ledger   = orm.NewBase()
	Accounts = orm.Declare(ledger, "accounts", accountTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Email: schema.String(40, schema.Unique()), Visits: schema.BigInteger(),
		Note: schema.String(40), Plan: schema.String(40, schema.ServerDefaultValue("free")),
	})
	byEmail  = expr.OnConflict(Accounts.Email)
	addVisit = Accounts.Visits.SetExpr(Accounts.Visits.AddExpr(Accounts.Visits.Excluded()))
)

// withMySQL runs a scenario on each database, and on MariaDB by the ways of
// MySQL, which has no RETURNING, with ids that are two apart.
func withMySQL(t *testing.T, base *orm.Base, f func(t *testing.T, db *database)) {
	everywhere(t, base, f)
	t.Run("mysql", func(t *testing.T) {
		db := mysqlWay(t, 2)
		must(t, db.CreateAll(t.Context(), base.MetaData))
		f(t, db)
	})
}

// likeMySQL is MariaDB without what MySQL does not have.
type likeMySQL struct{ dialect.Dialect }

func (d likeMySQL) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Keys, c.Sequences, c.SequencesByName = dialect.KeysByLastInsertID, false, false
	return c, err
}

func (d likeMySQL) Rules(c dialect.Capabilities) *compile.Rules {
	r := *d.Dialect.Rules(c)
	r.Returning = compile.ReturningSupport{}
	return &r
}

func mysqlWay(t *testing.T, step int) *database {
	t.Helper()
	url, err := engine.ParseURL(freshDatabase(t, testdb.MariaDB(t)))
	must(t, err)
	c, err := gosqldriver.New(gosqldriver.Config{
		User: url.User(), Password: gosqldriver.Secret(url.Password()), Host: url.Host().Name, Port: url.Host().Port, Database: url.Database(),
	})
	must(t, err)
	db := &database{name: "mysql", url: url.Reveal()}
	db.inner = engine.New(likeMySQL{mysql.Dialect}, c, engine.Options{
		AfterConnect: func(ctx context.Context, c *engine.Conn) error {
			_, err := c.Exec(ctx, sqlText(fmt.Sprint("SET SESSION auto_increment_increment = ", step)))
			return err
		},
		Events: []*engine.Events{{Before: db.record}},
	})
	t.Cleanup(func() { must(t, db.inner.Close(context.Background())) })
	return db
}

// existing inserts accounts beside all sessions.
func existing(t *testing.T, db *database, emails ...string) {
	t.Helper()
	for _, email := range emails {
		_, err := db.Exec(t.Context(), expr.NewInsert(Accounts.Schema()).Values(Accounts.Email.Set(email), Accounts.Visits.Set(10)))
		must(t, err)
	}
}

// idsByEmail reads the ids on another connection where there is one.
func idsByEmail(t *testing.T, db *database) map[string]int64 {
	t.Helper()
	s := session(t, db, orm.ReadOnly())
	all, err := orm.Select(Accounts).NoTrack().All(t.Context(), s)
	must(t, err)
	must(t, s.Close(t.Context()))
	ids := map[string]int64{}
	for _, a := range all {
		ids[a.Email] = a.ID
	}
	return ids
}

// wantOwnRows checks that each entity that has a row has the id of that row.
func wantOwnRows(t *testing.T, db *database, results []orm.Upserted[Account]) {
	t.Helper()
	ids := idsByEmail(t, db)
	for _, r := range results {
		want := ids[r.Entity.Email]
		if r.Outcome == orm.Skipped {
			want = 0
		}
		if r.Entity.ID != want {
			t.Errorf("%s (%s) has the id %d, its row has %d", r.Entity.Email, r.Outcome, r.Entity.ID, ids[r.Entity.Email])
		}
	}
}

func outcomes(results []orm.Upserted[Account]) string {
	var list []engine.Outcome
	for _, r := range results {
		list = append(list, r.Outcome)
	}
	return fmt.Sprint(list)
}

func accountsOf(emails ...string) []*Account {
	list := make([]*Account, len(emails))
	for i, email := range emails {
		list[i] = &Account{Email: email, Visits: 1, Note: ptr("new")}
	}
	return list
}

// upsertAndCommit does both in a session of its own.
func upsertAndCommit(t *testing.T, db *database, on expr.Conflict, list []*Account) []orm.Upserted[Account] {
	t.Helper()
	s := session(t, db)
	results, err := orm.Upsert(t.Context(), s, list, on)
	must(t, err)
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	return results
}
