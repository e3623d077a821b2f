package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

// violations are entities that a table of members, which has ed, refuses.
var violations = map[string]struct {
	add  func() *Member
	want string
}{
	"unique":      {func() *Member { m := member(2, "eve"); m.Email = "ed@x.org"; return m }, "email: unique: is taken already"},
	"unique pair": {func() *Member { m := member(1, "ed"); m.Email = "other@x.org"; return m }, "full_name: unique: is in the team already"},
	"foreign key": {func() *Member { return member(99, "eve") }, "team_id: reference: belongs to something that is not there, or that still needs it"},
	"check":       {func() *Member { m, age := member(1, "eve"), int16(-1); m.Age = &age; return m }, "age: invalid: must not be negative"},
	"primary key": {func() *Member { m := member(1, "eve"); m.ID = 1; return m }, "id: unique: is taken already"},
}

var memberMessages = web.Messages{"uq_member_name": "is in the team already", "members.age": "is checked by name", "ck_member_age": "must not be negative"}

func TestViolatedConstraintsAreToldByField(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		ctx := t.Context()
		s.Add(member(1, "ed"))
		must(t, s.Commit(ctx))
		for name, c := range violations {
			s.Add(c.add(), orm.Explicit(Members.ID))
			if name != "primary key" {
				must(t, s.Rollback(ctx))
				s.Add(c.add())
			}
			err := s.Flush(ctx)
			must(t, s.Rollback(ctx))
			fields, ok := web.FieldsOf(err, club, memberMessages)
			if got := fieldList(fields); !ok || got != c.want {
				t.Errorf("%s: got %q of %v, want %q", name, got, err, c.want)
			}
			if _, known := errors.AsType[*sqlerr.ConstraintError](error(fields)); !known || web.StatusOf(fields) != http.StatusUnprocessableEntity {
				t.Errorf("%s: the cause is lost", name)
			}
		}
		testDeletedParent(t, s)
	})
}

func testDeletedParent(t *testing.T, s *orm.Session) {
	t.Helper()
	ctx := t.Context()
	team, err := orm.Get(ctx, s, Teams, 1)
	must(t, err)
	s.Delete(team)
	err = s.Flush(ctx)
	must(t, s.Rollback(ctx))
	fields, ok := web.FieldsOf(err, club, web.Messages{"foreign key": "is still in use"})
	if got := fieldList(fields); !ok || got != ": reference: is still in use" {
		t.Errorf("a parent that is deleted: got %q of %v", got, err)
	}
}

func TestValidatorsAtTheFlushAreToldByField(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		m := member(1, "ed")
		m.Email = "ed"
		s.Add(m)
		err := s.Flush(t.Context())
		fields, ok := web.FieldsOf(err, club, nil)
		if got := fieldList(fields); !ok || got != "email: invalid: must have an @" || !errors.Is(fields, errEmail) {
			t.Errorf("got %q of %v", got, err)
		}
		must(t, s.Rollback(t.Context()))
	})
	for _, err := range []error{nil, errEmail, sqlerr.ErrDeadlock} {
		if fields, ok := web.FieldsOf(err, club, nil); ok {
			t.Errorf("%v: got %v, want nothing", err, fields)
		}
	}
}

func TestFieldErrors(t *testing.T) {
	var e web.FieldErrors
	e.Add("b", web.CodeType, "must be a number")
	e.Add("a", web.CodeRequired, "is missing")
	e.Add("b", web.CodeRange, `is <too> "large"`)
	e.Add("", "policy", "come back later")
	text, err := json.Marshal(e)
	must(t, err)
	same(t, "JSON", string(text), `{"b":["must be a number","is \u003ctoo\u003e \"large\""],"a":["is missing"],"":["come back later"]}`)
	same(t, "error", e.Error(), `web: the body is not valid: b must be a number; a is missing; b is <too> "large"; come back later`)
	same(t, "of a field", fmt.Sprint(e.Get("b"), e.Has("c"), e.All("b"), e.Fields(), e.Get("c")), `must be a numberfalse [must be a number is <too> "large"] [b a ]`)
	sessions := web.New(connect(t, freshURL(t, "memory")), web.Options{})
	server := serve(t, sessions.Handle(func(http.ResponseWriter, *http.Request, *orm.Session) error {
		return fmt.Errorf("the form: %w", e)
	}))
	got := send(t, "POST", server.URL, "")
	wantStatus(t, got, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, "\na: is missing\n") || !strings.HasSuffix(got.body, "\ncome back later\n") {
		t.Errorf("got %q", got.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, http.NoBody)
	must(t, err)
	r.Header.Set("Accept", "application/json")
	if got := do(t, r); !strings.Contains(got.body, `"fields":{"b":["must be`) {
		t.Errorf("got %q", got.body)
	}
}
