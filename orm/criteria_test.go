package orm_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// softDelete is a mixin of columns.
type softDelete struct{ Deleted schema.Bool }

func (s *softDelete) Criteria() []expr.Predicate { return []expr.Predicate{s.Deleted.Eq(false)} }

type Flagged struct{ Deleted bool }

type Cabinet struct {
	ID int64
	Flagged
	Tenant int64
	Kids   orm.Many[Tome]
}

type Tome struct {
	ID        int64
	CabinetID int64
	Flagged
	Cabinet orm.One[Cabinet]
}

type cabinetTable struct {
	orm.Table[Cabinet]
	ID schema.Int64
	softDelete
	Tenant schema.Int64
	Kids   orm.HasMany[Cabinet, Tome]
}

type tomeTable struct {
	orm.Table[Tome]
	ID        schema.Int64
	CabinetID schema.Int64
	softDelete
	Cabinet orm.BelongsTo[Tome, Cabinet]
}

var (
	archive  = orm.NewBase()
	Cabinets = orm.Declare(archive, "cabinets", cabinetTable{ID: schema.BigInteger(schema.PrimaryKey())})
	Tomes    = orm.Declare(archive, "tomes", tomeTable{ID: schema.BigInteger(schema.PrimaryKey()), CabinetID: schema.BigInteger(schema.ForeignKey("cabinets.id"))})
)

// fillArchive makes the shelves 1 (a kept and a deleted volume), 2 (deleted) and 3
// (a deleted volume).
func fillArchive(t *testing.T, db *database) {
	t.Helper()
	s := session(t, db)
	gone := Flagged{Deleted: true}
	for i, x := range []*Cabinet{{Tenant: 1}, {Tenant: 1, Flagged: gone}, {Tenant: 2}} {
		s.Add(x)
		must(t, s.Flush(t.Context()))
		s.Add(&Tome{CabinetID: x.ID, Flagged: gone})
		if i == 0 {
			s.Add(&Tome{CabinetID: x.ID})
		}
	}
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	db.forget()
}

func kidCounts(t *testing.T, list []*Cabinet) (out []int) {
	t.Helper()
	for _, x := range list {
		kids, err := x.Kids.All()
		must(t, err)
		out = append(out, len(kids))
	}
	return out
}

func TestScenarioWithLoaderCriteriaSoftDelete(t *testing.T) {
	other := orm.Alias(Cabinets, "other")
	everywhere(t, archive, func(t *testing.T, db *database) {
		ctx := t.Context()
		fillArchive(t, db)
		s := session(t, db)
		q := orm.Select(Cabinets).OrderBy(Cabinets.ID.Asc())
		list, err := q.All(ctx, s)
		must(t, err)
		must(t, Cabinets.Kids.Load(ctx, s, list...))
		same(t, "kids", kidCounts(t, list), []int{1, 0})
		for name, loader := range map[string]orm.Loader[Cabinet]{"select in": Cabinets.Kids, "joined": Cabinets.Kids.Joined(), "subquery": Cabinets.Kids.Subquery(), "limit": Cabinets.Kids.Limit(5)} {
			list, err := q.With(loader).All(ctx, s)
			must(t, err)
			same(t, name, kidCounts(t, list), []int{1, 0})
		}
		page, err := q.With(Cabinets.Kids.Joined()).Limit(2).All(ctx, s)
		must(t, err)
		same(t, "joined, with a limit", kidCounts(t, page), []int{1, 0})
		type pair struct{ Cabinet, Tome int64 }
		pairs, err := orm.SelectAs[pair](Cabinets.ID.As("cabinet"), Tomes.ID.As("tome")).Join(Cabinets.Kids).All(ctx, s)
		must(t, err)
		same(t, "join", len(pairs), 1)
		outer, err := orm.SelectAs[int64](expr.CountAll()).From(Cabinets).LeftJoin(Cabinets.Kids).One(ctx, s)
		must(t, err)
		same(t, "outer join", outer, 2)
		for name, c := range map[string]struct {
			q    orm.Query[Cabinet]
			want int64
		}{
			"any":           {orm.Select(Cabinets).Where(Cabinets.Kids.Any()), 1},
			"none":          {orm.Select(Cabinets).Where(Cabinets.Kids.Any().Not()), 1},
			"alias":         {orm.Select(other), 2},
			"unrestricted":  {orm.Select(Cabinets).Unrestricted(), 3},
			"unrestricted ": {orm.Select(Cabinets).Where(Cabinets.Kids.Any()).Unrestricted(), 3},
			"subquery":      {orm.Select(orm.AliasOf(Cabinets, "sub", orm.Select(Cabinets).Subquery())), 2},
		} {
			n, err := c.q.Count(ctx, s)
			must(t, err)
			same(t, name, n, c.want)
		}
		if _, err := orm.Get(ctx, s, Cabinets, 2); err == nil {
			t.Error("a deleted row is got")
		}
		all, err := orm.Select(Cabinets).With(Cabinets.Kids).OrderBy(Cabinets.ID.Asc()).Unrestricted().All(ctx, s)
		must(t, err)
		same(t, "unrestricted loads", kidCounts(t, all), []int{2, 1, 1})
	})
}

func TestCriteriaOfASession(t *testing.T) {
	everywhere(t, archive, func(t *testing.T, db *database) {
		ctx := t.Context()
		fillArchive(t, db)
		s := session(t, db, orm.Restrict(Cabinets, Cabinets.Tenant.Eq(2)))
		n, err := orm.Select(Cabinets).Count(ctx, s)
		must(t, err)
		same(t, "of a tenant", n, 1)
		n, err = orm.Select(Tomes).Where(Tomes.Cabinet.Has()).Count(ctx, s)
		must(t, err)
		same(t, "volumes of a tenant", n, 0)
		must(t, s.Close(ctx))
		free := session(t, db, orm.Restrict(Cabinets, Cabinets.Tenant.Eq(1)), orm.Unrestricted())
		n, err = orm.Select(Cabinets).Count(ctx, free)
		must(t, err)
		same(t, "with those that the models leave out", n, 2)
		must(t, free.Close(ctx))
		wrong := session(t, db, orm.Restrict(orm.Alias(Cabinets, "x")))
		if _, err := orm.Select(Cabinets).All(ctx, wrong); err == nil || !strings.Contains(err.Error(), `not for the alias "x"`) {
			t.Errorf("got %v, want an error: criteria are of tables", err)
		}
	})
}

func TestBatchedLoads(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		posts, err := orm.Select(Entries).OrderBy(Entries.ID.Asc()).All(ctx, s)
		must(t, err)
		db.forget()
		for _, p := range posts {
			must(t, Entries.Comments.Batched(4).Load(ctx, s, p))
		}
		db.wantSent(t, "select comment", "select comment")
		var got []int
		for _, p := range posts {
			list, err := p.Comments.All()
			must(t, err)
			got = append(got, len(list))
		}
		same(t, "comments", got, []int{0, 1, 2, 0, 1, 0})
	})
}

func TestLoadsInALoopAreTold(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		must(t, s.Close(ctx))
		var told []orm.RepeatedLoad
		s = session(t, db, orm.WatchLoads(2, func(r orm.RepeatedLoad) { told = append(told, r) }))
		users, err := orm.Select(Bloggers).All(ctx, s)
		must(t, err)
		for _, u := range users {
			must(t, Bloggers.Posts.Load(ctx, s, u))
		}
		for id := 1; id <= 6; id++ {
			_, err := orm.Get(ctx, s, Remarks, id)
			if id <= 4 {
				must(t, err)
			}
		}
		must(t, Bloggers.Posts.Load(ctx, s, users...))
		if len(told) != 2 || told[0].Field != "Posts" || told[0].Times != 2 || !strings.HasSuffix(told[0].File, "criteria_test.go") || told[1].Field != "" {
			t.Errorf("told %v, want a loop of loads and one of Get", told)
		}
		counts := s.RepeatedLoads()
		if len(counts) != 2 || counts[0].Times != 6 || counts[1].Times != 3 || !strings.Contains(counts[1].String(), "has loaded orm_test.Blogger.Posts 3 times") {
			t.Errorf("counted %v, want 6 and 3", counts)
		}
	})
}

func TestGetWithOptions(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		u, err := orm.Select(Bloggers).With(Bloggers.Posts).Get(ctx, s, 2)
		must(t, err)
		same(t, "posts", postsOf(t, []*Blogger{u}), []string{"wendy: wendy-0 wendy-1"})
		db.wantSent(t, "select user_account", "select post")
		again, err := orm.Select(Bloggers).With(Bloggers.Posts).Get(ctx, s, 2)
		must(t, err)
		if again != u {
			t.Error("a row has two objects")
		}
		db.wantSent(t, "select post")
		if !db.isSQLite() {
			_, err = orm.Select(Bloggers).ForUpdate().Get(ctx, s, 2)
			must(t, err)
			db.wantSent(t, "select user_account")
			if db.isPostgres() {
				list, err := orm.Select(Bloggers).With(Bloggers.Posts.Joined()).Where(Bloggers.ID.Eq(1)).ForUpdate(expr.NoWait).All(ctx, s)
				must(t, err)
				same(t, "locked beside a join", postsOf(t, list), []string{"ed: ed-0 ed-1 ed-2"})
			}
		}
	})
}
