package orm_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Place struct{ ID int64 }

type Recipient struct {
	ID       int64
	BID      *int64
	SID      *int64
	Billing  orm.One[Place]
	Shipping orm.One[Place]
}

type placeTable struct {
	orm.Table[Place]
	ID schema.Int64
}

type recipientTable struct {
	orm.Table[Recipient]
	ID       schema.Int64
	BID      schema.Int64
	SID      schema.Int64
	Billing  orm.BelongsTo[Recipient, Place]
	Shipping orm.BelongsTo[Recipient, Place]
}

func declareRecipients(base *orm.Base, billing, shipping orm.BelongsTo[Recipient, Place]) (*placeTable, *recipientTable) {
	places := orm.Declare(base, "addr", placeTable{ID: schema.BigInteger(schema.PrimaryKey())})
	return places, orm.Declare(base, "cust", recipientTable{
		ID: schema.BigInteger(schema.PrimaryKey()), BID: schema.BigInteger(schema.Named("b_id"), schema.ForeignKey("addr.id")),
		SID: schema.BigInteger(schema.Named("s_id"), schema.ForeignKey("addr.id")), Billing: billing, Shipping: shipping,
	})
}

func TestScenarioMultipleFkPaths(t *testing.T) {
	base := orm.NewBase()
	places, clients := declareRecipients(base, orm.BelongsTo[Recipient, Place]{}.Via("b_id"), orm.BelongsTo[Recipient, Place]{}.Via("s_id"))
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		c := &Recipient{}
		c.Billing.Set(&Place{})
		c.Shipping.Set(&Place{})
		s.Add(c)
		must(t, s.Commit(ctx))
		s = another(t, db, s)
		list, err := orm.Select(clients).With(clients.Billing.Joined(), clients.Shipping.Joined()).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select cust")
		b, err := list[0].Billing.Get()
		must(t, err)
		d, err := list[0].Shipping.Get()
		must(t, err)
		if b.ID != *list[0].BID || d.ID != *list[0].SID || b == d {
			t.Errorf("got the places %d and %d of %d and %d", b.ID, d.ID, *list[0].BID, *list[0].SID)
		}
		if _, err := orm.Select(clients).Join(places).All(ctx, s); err == nil || !strings.Contains(err.Error(), "2 foreign keys") {
			t.Errorf("got %v, want an error that tells the paths", err)
		}
	})
	unclear := orm.NewBase()
	declareRecipients(unclear, orm.BelongsTo[Recipient, Place]{}, orm.BelongsTo[Recipient, Place]{}.Via("s_id"))
	if err := unclear.Check(); err == nil || !strings.Contains(err.Error(), `Via("b_id"), Via("s_id")`) {
		t.Errorf("got %v, want an error that tells the paths", err)
	}
}

func TestScenarioLazyLoadNullFkAndPending(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		alone := &Entry{Title: "alone"}
		s.Add(alone)
		must(t, s.Flush(ctx))
		db.forget()
		must(t, Entries.Author.Load(ctx, s, alone))
		db.wantSent(t) // no key, no statement
		if u, err := alone.Author.Get(); err != nil || u != nil {
			t.Errorf("got %v, %v, want none", u, err)
		}
		pending := &Entry{Title: "pending", UserID: ptr(int64(1))}
		s.Add(pending)
		if u, err := pending.Author.Get(); err != nil || u != nil {
			t.Errorf("got %v, %v, want what the program gave: none", u, err)
		}
		must(t, s.Flush(ctx))
		must(t, Entries.Author.Load(ctx, s, pending))
		if u, err := pending.Author.Get(); err != nil || u == nil || u.Name != "ed" {
			t.Errorf("got %v, %v, want ed", u, err)
		}
		pending.UserID = nil
		must(t, s.Commit(ctx))
		must(t, Entries.Author.Load(ctx, s, pending))
		if u, err := pending.Author.Get(); err != nil || u != nil {
			t.Errorf("got %v, %v, want none", u, err)
		}
	})
}

type Folder struct {
	ID    int64
	Path  string
	Below orm.Many[Folder]
	Above orm.One[Folder]
}

type folderTable struct {
	orm.Table[Folder]
	ID    schema.Int64
	Path  schema.Text
	Below orm.HasMany[Folder, Folder]
	Above orm.HasOne[Folder, Folder]
}

func (f *folderTable) Joins() []orm.JoinRule {
	other := orm.Alias(f, "other")
	return []orm.JoinRule{
		f.Below.On(other, other.Path.LikeExpr(f.Path.Concat("/%"))),
		f.Above.On(other, f.Path.EqExpr(other.Path.Concat("/b"))),
	}
}

var (
	disk    = orm.NewBase()
	Folders = orm.Declare(disk, "folders", folderTable{ID: schema.BigInteger(schema.PrimaryKey()), Path: schema.String(50)})
)

func folderPaths(list []*Folder) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

func TestScenarioViewonlyCustomPrimaryjoin(t *testing.T) {
	everywhere(t, disk, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		orm.AddAll(s, &Folder{Path: "/a"}, &Folder{Path: "/a/b"}, &Folder{Path: "/a/b/c"}, &Folder{Path: "/z"})
		must(t, s.Commit(ctx))
		s = another(t, db, s)
		a, err := orm.Select(Folders).Where(Folders.Path.Eq("/a")).One(ctx, s)
		must(t, err)
		must(t, Folders.Below.OrderBy(Folders.Path.Asc()).Load(ctx, s, a))
		db.wantSent(t, "select folders", "select folders")
		below, err := a.Below.All()
		must(t, err)
		same(t, "d", folderPaths(below), "/a/b /a/b/c")
		a.Below.Add(&Folder{Path: "/q"})
		if err := s.Flush(ctx); err == nil || !strings.Contains(err.Error(), "is read only") {
			t.Errorf("got %v, want an error: nothing is written along a rule", err)
		}
		db.wantSent(t)
		must(t, s.Rollback(ctx))

		for name, loader := range map[string]orm.Loader[Folder]{"joined": Folders.Below.Joined(), "select in": Folders.Below, "subquery": Folders.Below.Subquery(), "limit": Folders.Below.Limit(9)} {
			list, err := orm.Select(Folders).OrderBy(Folders.ID.Asc()).With(loader, Folders.Above).All(ctx, s)
			must(t, err)
			var got []string
			for _, f := range list {
				below, err := f.Below.All()
				must(t, err)
				got = append(got, folderPaths(below))
			}
			same(t, name, got, []string{"/a/b /a/b/c", "/a/b/c", "", ""})
			if up, err := list[1].Above.Get(); err != nil || up != list[0] {
				t.Errorf("above /a/b is %v, %v, want /a", up, err)
			}
		}
		for name, c := range map[string]struct {
			q    orm.Query[Folder]
			want string
		}{
			"any":      {orm.Select(Folders).Where(Folders.Below.Any(Folders.Path.Eq("/a/b/c"))), "/a /a/b"},
			"none":     {orm.Select(Folders).Where(Folders.Above.IsNone()), "/a /a/b/c /z"},
			"contains": {orm.Select(Folders).Where(Folders.Below.Contains(below[1])), "/a /a/b"},
			"of":       {orm.Select(Folders).Where(Folders.Below.Of(a)), "/a/b /a/b/c"},
		} {
			list, err := c.q.OrderBy(Folders.ID.Asc()).All(ctx, s)
			must(t, err)
			same(t, name, folderPaths(list), c.want)
		}
		s.Delete(a)
		must(t, s.Commit(ctx))
	})
}
