package orm_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type counted struct {
	ID      int64
	Name    string
	Version int64
}

type countedTable struct {
	orm.Table[counted]
	ID      schema.Int64
	Name    schema.Text
	Version schema.Int64
}

type stamped struct {
	ID      int64
	Name    string
	Changed time.Time
}

type stampedTable struct {
	orm.Table[stamped]
	ID      schema.Int64
	Name    schema.Text
	Changed schema.Time
}

type named struct {
	ID        int64
	Ver, Name string
}

type namedTable struct {
	orm.Table[named]
	ID        schema.Int64
	Ver, Name schema.Text
}

var (
	versions = orm.NewBase()
	Counteds = orm.Declare(versions, "counted", countedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Version: schema.BigInteger(schema.Version()),
	})
	Stampeds = orm.Declare(versions, "stamped", stampedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Changed: schema.Timestamp(schema.Version()),
	})
	Nameds = orm.Declare(versions, "named", namedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Ver: schema.String(20, schema.VersionFunc(func(old string) string {
			n, _ := strconv.Atoi(strings.TrimPrefix(old, "v"))
			return "v" + strconv.Itoa(n+1)
		})),
	})
)

func TestScenarioVersionIdCustomAndNoChange(t *testing.T) {
	everywhere(t, versions, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &named{Name: "1"}, &named{Name: "2"}
		orm.AddAll(s, a, b)
		must(t, s.Commit(ctx))
		same(t, "first versions", []string{a.Ver, b.Ver}, []string{"v1", "v1"})
		db.forget()
		a.Name, b.Name = "9", "8"
		must(t, s.Flush(ctx))
		db.wantSent(t, "update named(name,ver) x2")
		same(t, "versions", []string{a.Ver, b.Ver}, []string{"v2", "v2"})
		must(t, s.Flush(ctx)) // nothing changed
		db.wantSent(t)
		must(t, s.Rollback(ctx))
		same(t, "after the rollback", []string{a.Ver, a.Name}, []string{"v1", "1"})

		other := session(t, db)
		theirs, err := orm.Get(ctx, other, Nameds, b.ID)
		must(t, err)
		theirs.Name = "theirs"
		must(t, other.Commit(ctx))
		a.Name, b.Name = "ours", "ours"
		wantStale(t, s.Commit(ctx), "update", "named(ID "+strconv.FormatInt(b.ID, 10)+")")
		must(t, s.Rollback(ctx))
		wantRows(t, db, Nameds.Schema(), "1 v1 1", "2 v2 theirs")
	})
}

func wantStale(t *testing.T, err error, op, entity string) {
	t.Helper()
	var stale *orm.StaleError
	if !errors.As(err, &stale) || stale.Op != op || !strings.Contains(stale.Entity, entity) || stale.Rows != 0 {
		t.Errorf("got %v, want a StaleError: %s of %s", err, op, entity)
	}
}

// Two sessions read the same row and change it: the second is told, whatever
// kind of version the row has, and wins nothing.
func TestOptimisticLocking(t *testing.T) {
	everywhere(t, versions, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&counted{Name: "old"})
		s.Add(&stamped{Name: "old"})
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		first, second := session(t, db), session(t, db)
		c1, t1 := bothVersions(t, first)
		must(t, first.Commit(ctx))
		c2, t2 := bothVersions(t, second)
		must(t, second.Commit(ctx))
		same(t, "the first version", c1.Version, 1)
		c1.Name, t1.Name = "first", "first"
		must(t, first.Commit(ctx))
		same(t, "the next version", c1.Version, 2)
		if !t1.Changed.After(t2.Changed) {
			t.Errorf("the time went from %v to %v", t2.Changed, t1.Changed)
		}
		c2.Name = "second"
		wantStale(t, second.Commit(ctx), "update", "counted(ID 1)")
		must(t, second.Rollback(ctx))
		t2.Name = "second"
		wantStale(t, second.Commit(ctx), "update", "stamped(ID 1)")
		must(t, second.Rollback(ctx))
		second.Delete(c2)
		wantStale(t, second.Commit(ctx), "delete", "counted(ID 1)")
		must(t, second.Rollback(ctx))
		same(t, "restored", c2.Name+t2.Name, "oldold")
		must(t, orm.Refresh(ctx, second, c2))
		c2.Name = "second"
		must(t, second.Commit(ctx))
		wantRows(t, db, Counteds.Schema(), "1 second 3")
		second.Delete(c2)
		must(t, second.Commit(ctx))
	})
}

func bothVersions(t *testing.T, s *orm.Session) (*counted, *stamped) {
	t.Helper()
	c, err := orm.Get(t.Context(), s, Counteds, 1)
	must(t, err)
	st, err := orm.Get(t.Context(), s, Stampeds, 1)
	must(t, err)
	return c, st
}

// A statement that does not know of versions changes them too.
func TestStatementsChangeVersions(t *testing.T) {
	everywhere(t, versions, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		c := &counted{Name: "old"}
		s.Add(c)
		must(t, s.Commit(ctx))
		_, err := db.Exec(ctx, expr.NewUpdate(Counteds.Schema()).Set(Counteds.Name.Set("behind")).Where(expr.All()))
		must(t, err)
		c.Name = "ours"
		wantStale(t, s.Commit(ctx), "update", "counted(ID 1)")
		must(t, s.Rollback(ctx))
		wantRows(t, db, Counteds.Schema(), "1 behind 2")
	})
}

type served struct {
	ID   int64
	Name string
	Xmin string
}

type servedTable struct {
	orm.Table[served]
	ID   schema.Int64
	Name schema.Text
	Xmin schema.Text
}

// PostgreSQL has a version of each row by itself.
func TestVersionsOfTheServer(t *testing.T) {
	base := orm.NewBase()
	served1 := orm.Declare(base, "served", servedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Xmin: schema.String(10, schema.System(), schema.Version()),
	})
	on(t, []string{"postgres15", "postgres18"}, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &served{Name: "old"}
		s.Add(u)
		must(t, s.Commit(ctx))
		before := u.Xmin
		db.forget()
		u.Name = "new"
		must(t, s.Commit(ctx))
		db.wantSent(t, "update served(name)", "COMMIT")
		if u.Xmin == "" || u.Xmin == before {
			t.Errorf("the version went from %s to %s", before, u.Xmin)
		}
		other := session(t, db)
		theirs, err := orm.Get(ctx, other, served1, u.ID)
		must(t, err)
		theirs.Name = "theirs"
		must(t, other.Commit(ctx))
		u.Name = "ours"
		wantStale(t, s.Commit(ctx), "update", "served(ID 1)")
		must(t, s.Rollback(ctx))
		must(t, orm.Refresh(ctx, s, u))
		s.Delete(u)
		must(t, s.Commit(ctx))
	})
}
