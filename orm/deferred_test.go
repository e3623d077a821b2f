package orm_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type article struct {
	ID    int64
	Title string                       `db:",size=20"`
	Body  orm.Deferred[string]         `db:",type=text" json:",omitzero"`
	Image orm.Deferred[[]byte]         `db:",null,group=media" json:"-"`
	Note  orm.Deferred[*string]        `db:",size=40,group=media" json:"-"`
	Tags  orm.Deferred[map[string]int] `db:",type=json" json:"-"`
}

var (
	press    = orm.NewBase()
	articles = orm.Map[article](press, "articles")
	others   = orm.Map[struct{ ID int64 }](press, "others")
	body     = orm.TextColumn(articles, func(a *article) *string { return a.Body.At() })
	tags     = orm.Column(articles, func(a *article) *map[string]int { return a.Tags.At() })
)

func newArticle(title string) *article {
	return &article{Title: title, Body: orm.DeferredOf("body of " + title), Image: orm.DeferredOf([]byte{1, 2}), Tags: orm.DeferredOf(map[string]int{"a": 1})}
}

func TestDeferredFields(t *testing.T) {
	everywhere(t, press, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		orm.AddAll(s, newArticle("one"), newArticle("two"))
		must(t, s.Commit(ctx))
		wantRows(t, db, articles.Schema(), `1 one body of one 0102 NULL {"a":1}`, `2 two body of two 0102 NULL {"a":1}`)
		must(t, s.Close(ctx))

		s = session(t, db)
		list, err := orm.Select(articles).Where(body.StartsWith("body")).All(ctx, s)
		must(t, err)
		one, two := list[0], list[1]
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t) // what was not read was not changed
		text, err := json.Marshal(one)
		must(t, err)
		same(t, "JSON", string(text), `{"ID":1,"Title":"one"}`)

		one.Body.Set("new")
		one.Note.Set(nil) // as it is, which nobody knows
		two.Tags.Set(nil)
		must(t, s.Flush(ctx))
		db.wantSent(t, "update articles(body,note)", "update articles(tags)")
		must(t, orm.LoadColumns(ctx, s, list, body, tags))
		same(t, "what was set stays", value(t, &one.Body), "new")
		same(t, "what was loaded", value(t, &two.Body), "body of two")
		value(t, &one.Tags)["b"] = 2 // in place
		must(t, s.Flush(ctx))
		db.wantSent(t, "select articles", "update articles(tags)")
		must(t, s.Rollback(ctx))
		if one.Body.Loaded() || two.Tags.Loaded() {
			t.Error("after the rollback what was not read is there")
		}
		must(t, orm.LoadColumns(ctx, s, list, body, tags))
		same(t, "the old text", value(t, &one.Body), "body of one")
		same(t, "the old tags", value(t, &one.Tags), map[string]int{"a": 1})
	})
}

func TestDeferredFieldsAcrossReads(t *testing.T) {
	everywhere(t, press, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a := newArticle("one")
		s.Add(a)
		must(t, s.Flush(ctx))
		read, err := orm.Select(articles).One(ctx, s)
		must(t, err)
		same(t, "what the transaction has written", value(t, &read.Body), "body of one")
		must(t, s.Commit(ctx))
		_, err = orm.Select(articles).One(ctx, s)
		must(t, err)
		if a.Body.Loaded() {
			t.Error("the next transaction trusts what it has not read")
		}
		a.Title = "changed"
		must(t, orm.LoadColumns(ctx, s, []*article{a}, body))
		same(t, "a change survives", a.Title, "changed")
		db.forget()
		must(t, orm.Refresh(ctx, s, a))
		db.wantRead(t, "id, title, body")
		must(t, s.Commit(ctx))

		loose, err := orm.Select(articles).NoTrack().One(ctx, s)
		must(t, err)
		loose.ID = 0
		s.Add(loose)
		var missing *orm.NotLoadedError
		if err := s.Flush(ctx); !errors.As(err, &missing) || missing.Field != "Body" {
			t.Errorf("an entity without its body is inserted: %v", err)
		}
		must(t, s.Rollback(ctx))
		_, err = db.Exec(ctx, sqlText("DELETE FROM articles"))
		must(t, err)
		err = orm.LoadColumns(ctx, s, []*article{a}, orm.Column(articles, func(a *article) *[]byte { return a.Image.At() }))
		if !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("a row that is gone: got %v, want ErrNoRows", err)
		}
	})
}

func TestDeferredFieldsThatAreWrong(t *testing.T) {
	title := orm.TextColumn(articles, func(a *article) *string { return &a.Title })
	db := open(t, "memory")
	must(t, db.CreateAll(t.Context(), press.MetaData))
	db.forget()
	s := session(t, db)
	for want, q := range map[string]orm.Query[article]{
		"article.Title: would be left out by the query": orm.Select(articles).LoadOnly(orm.Column(articles, func(a *article) *string { return a.Body.At() })),
		"Title: would be left out":                      orm.Select(articles).Defer(title),
		`no Deferred column of the group "x"`:           orm.Select(articles).UndeferGroup("x"),
		"none of its columns":                           orm.Select(articles).Undefer(others.Schema().C("id")),
	} {
		if _, err := q.All(t.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	a := newArticle("one")
	s.Add(a)
	must(t, s.Flush(t.Context()))
	if err := orm.LoadColumns(t.Context(), s, []*article{a}, title); err == nil || !strings.Contains(err.Error(), "article.Title: is not Deferred") {
		t.Errorf("got %v, want an error that names the title", err)
	}
	type keyed struct{ ID orm.Deferred[int64] }
	bad := orm.NewBase()
	orm.Map[keyed](bad, "keyed")
	if err := bad.Check(); err == nil || !strings.Contains(err.Error(), "keyed.ID: is Deferred and part of the primary key") {
		t.Errorf("got %v, want an error of the key", err)
	}
}
