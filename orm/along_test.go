package orm_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

func bookTitles(t *testing.T, s *orm.Session, q orm.Query[Book]) string {
	t.Helper()
	list, err := q.OrderBy(Books.Title.Asc()).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, b := range list {
		out = append(out, b.Title)
	}
	return strings.Join(out, " ")
}

func TestConditionsAlongManyToMany(t *testing.T) {
	other := orm.Alias(Topics, "other")
	everywhere(t, library, func(t *testing.T, db *database) {
		shelve(t, db)
		s := session(t, db)
		gopher, err := orm.Select(Topics).Where(Topics.Name.Eq("go")).One(t.Context(), s)
		must(t, err)
		b1, err := orm.Select(Books).Where(Books.Title.Eq("b1")).One(t.Context(), s)
		must(t, err)
		for name, c := range map[string]struct {
			p    expr.Predicate
			want string
		}{
			"any":            {Books.Topics.Any(), "b1 b3"},
			"none":           {Books.Topics.Any().Not(), "b2"},
			"with condition": {Books.Topics.Any(Topics.Name.Eq("go")), "b1"},
			"where":          {Books.Topics.Where(Topics.Name.Eq("go")).Any(), "b1"},
			"between":        {Books.Topics.Any(BookTopics.TopicID.Eq(gopher.ID)), "b1"},
			"between, alias": {Books.Topics.To(other).Any(BookTopics.TopicID.Eq(gopher.ID), other.Name.Eq("go")), "b1"},
			"nested":         {Books.Topics.Any(Topics.Books.Any(Books.Title.Eq("b3"))), "b1 b3"},
			"contains":       {Books.Topics.Contains(gopher), "b1"},
			"of":             {Topics.Books.Of(gopher), "b1"},
			"by two":         {expr.And(Books.Topics.Any(Topics.Name.Eq("go")), Books.Topics.Any(Topics.Name.Eq("sql"))), "b1"},
		} {
			same(t, name, bookTitles(t, s, orm.Select(Books).Where(c.p)), c.want)
		}
		same(t, "joined", bookTitles(t, s, orm.Select(Books).Join(Books.Topics).Join(Books.Topics.To(other)).Where(Topics.Name.Eq("go"), other.Name.Eq("sql"))), "b1")
		same(t, "joined with none", bookTitles(t, s, orm.Select(Books).LeftJoin(Books.Topics, Topics.ID.Eq(gopher.ID)).Where(Topics.ID.IsNull())), "b2 b3")
		same(t, "outer, none", bookTitles(t, s, orm.Select(Books).LeftJoin(Books.Topics.Where(Topics.Name.Eq("go"))).Where(Topics.ID.IsNull())), "b2 b3")
		topics, err := orm.Select(Topics).Where(Books.Topics.Of(b1)).OrderBy(Topics.Name.Asc()).All(t.Context(), s)
		must(t, err)
		if len(topics) != 2 || topics[0] != gopher {
			t.Errorf("the topics of b1 are %v, want go and sql", topics)
		}
	})
}

type Branch struct {
	ID       int64
	Name     string
	ParentID *int64
	Parent   orm.One[Branch]
	Children orm.Many[Branch]
}

type branchTable struct {
	orm.Table[Branch]
	ID       schema.Int64
	Name     schema.Text
	ParentID schema.Int64
	Parent   orm.BelongsTo[Branch, Branch]
	Children orm.HasMany[Branch, Branch]
}

var (
	forest   = orm.NewBase()
	Branches = orm.Declare(forest, "branches", branchTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), ParentID: schema.BigInteger(schema.ForeignKey("branches.id")),
	})
)

// plant makes a tree: r has a and b, a has aa, aa has aaa.
func plant(t *testing.T, db *database) {
	t.Helper()
	s := session(t, db)
	at := map[string]*int64{}
	for _, name := range []string{"r", "a", "b", "aa", "aaa"} {
		b := &Branch{Name: name, ParentID: at[name[:len(name)-1]]}
		if len(name) == 1 && name != "r" {
			b.ParentID = at["r"]
		}
		s.Add(b)
		must(t, s.Flush(t.Context()))
		at[name] = &b.ID
	}
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	db.forget()
}

func branchNames(t *testing.T, s *orm.Session, q orm.Query[Branch]) string {
	t.Helper()
	list, err := q.OrderBy(Branches.ID.Asc()).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, b := range list {
		out = append(out, b.Name)
	}
	return strings.Join(out, " ")
}

func TestConditionsWithinOneTable(t *testing.T) {
	up, deeper := orm.Alias(Branches, "up"), orm.Alias(Branches, "deeper")
	everywhere(t, forest, func(t *testing.T, db *database) {
		plant(t, db)
		s := session(t, db)
		for name, c := range map[string]struct {
			q    orm.Query[Branch]
			want string
		}{
			"any":           {orm.Select(Branches).Where(Branches.Children.Any()), "r a aa"},
			"any of a name": {orm.Select(Branches).Where(Branches.Children.Any(Branches.Name.Eq("aa"))), "a"},
			"two levels":    {orm.Select(Branches).Where(Branches.Children.Any(Branches.Children.Any(Branches.Name.Eq("aa")))), "r"},
			"three levels":  {orm.Select(Branches).Where(Branches.Parent.Has(Branches.Parent.Has(Branches.Parent.Has(Branches.Name.Eq("r"))))), "aaa"},
			"both ends":     {orm.Select(Branches).Where(Branches.Children.To(deeper).Any(deeper.Name.LtExpr(Branches.Name))), "r"},
			"roots":         {orm.Select(Branches).Where(Branches.Parent.IsNone()), "r"},
			"join":          {orm.Select(Branches).Join(Branches.Parent.To(up)).Where(up.Name.Eq("r")), "a b"},
			"join twice":    {orm.Select(Branches).Join(Branches.Parent.To(up)).Join(up.Parent.To(deeper)).Where(deeper.Name.Eq("r")), "aa"},
		} {
			same(t, name, branchNames(t, s, c.q), c.want)
		}
		same(t, "an alias's own", aliasNames(t, s, up), "r")
	})
}

func aliasNames(t *testing.T, s *orm.Session, up *branchTable) string {
	t.Helper()
	list, err := orm.Select(up).Where(up.Children.Any(Branches.Name.Eq("b"))).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, b := range list {
		out = append(out, b.Name)
	}
	return strings.Join(out, " ")
}

func TestConditionsThatCanNotBe(t *testing.T) {
	on(t, []string{"memory"}, forest, func(t *testing.T, db *database) {
		s := session(t, db)
		for name, c := range map[string]struct {
			q    orm.Query[Branch]
			want string
		}{
			"no key":          {orm.Select(Branches).Where(Branches.Parent.Is(&Branch{Name: "new"})), "orm_test.Branch has no ID yet: flush it first"},
			"nil":             {orm.Select(Branches).Where(Branches.Parent.Is(nil)), "ask for none by IsNone"},
			"undeclared":      {orm.Select(Branches).Where(orm.HasMany[Branch, Branch]{}.Any()), "take it from what orm.Declare returned"},
			"to itself":       {orm.Select(Branches).Join(Branches.Children), "To(orm.Alias(branches"},
			"a foreign alias": {orm.Select(Branches).Join(orm.HasMany[Branch, Branch]{}), "take it from what orm.Declare returned"},
		} {
			if _, err := c.q.All(t.Context(), s); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
			}
		}
		db.wantSent(t)
	})
}
