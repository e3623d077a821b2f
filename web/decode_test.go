package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// editMember is what a member may change.
var editMember = web.Accept(Members, Members.Email, Members.Name, Members.Age, Members.Role, Members.Active,
	Members.Balance, Members.Score, Members.Born, Members.Seen, Members.Bio, Members.Prefs, Members.Home.City)

const goodJSON = `{"email": " Ed@X.org", "full_name": "Ed", "age": 33, "role": "admin", "active": true, "balance": "12.50", "score": 1.5e3,
	"born": "1990-02-03", "seen": "2024-05-06T07:08:09+02:00", "bio": "long", "prefs": {"theme": "dark", "limit": 5}, "home_city": "Oslo"}`

var goodForm = url.Values{
	"email": {" Ed@X.org"}, "full_name": {"Ed"}, "age": {"33"}, "role": {"admin"}, "active": {"false", "on"}, "balance": {"12.50"},
	"score": {"1.5e3"}, "born": {"1990-02-03"}, "seen": {"2024-05-06T07:08:09+02:00"}, "bio": {"long"},
	"prefs": {`{"theme": "dark", "limit": 5}`}, "home_city": {"Oslo"},
}

func multipartOf(t *testing.T, values url.Values, file string) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, texts := range values {
		for _, text := range texts {
			must(t, w.WriteField(name, text))
		}
	}
	if file != "" {
		_, err := w.CreateFormFile(file, "x.txt")
		must(t, err)
	}
	must(t, w.Close())
	return w.FormDataContentType(), b.String()
}

// described is what a member holds, as JSON.
func described(t *testing.T, m *Member) string {
	t.Helper()
	text, err := json.Marshal(m)
	must(t, err)
	return string(text)
}

func TestBodiesWriteTheirFields(t *testing.T) {
	multiType, multiBody := multipartOf(t, goodForm, "")
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		ctx := t.Context()
		for i, body := range []struct{ contentType, text string }{
			{asJSON, goodJSON}, {"application/merge-patch+json; charset=UTF-8", goodJSON}, {asForm, goodForm.Encode()}, {multiType, multiBody},
		} {
			m := member(1, "old")
			m.Home.Zip, m.Version = "0001", 7
			r := ask("POST", "/?team_id=2&id=9&full_name=url", body.contentType, body.text)
			must(t, editMember.Decode(nil, r, m))
			m.Version = 0
			s.Add(m)
			must(t, s.Commit(ctx))
			s.Close(ctx)
			s = orm.NewSession(db)
			got, err := orm.Select(Members).Undefer(Members.Bio).Get(ctx, s, m.ID)
			must(t, err)
			want := `"TeamID":1,"Email":"ed@x.org","full_name":"Ed","Age":33,"Role":"admin","Active":true,"Balance":"12.50","Score":1500,"Born":"1990-02-03T00:00:00Z",` +
				`"Seen":"2024-05-06T05:08:09Z","Bio":"long","Prefs":{"theme":"dark","limit":5},"Home":{"City":"Oslo","Zip":"0001"},"Version":1}`
			if text := described(t, got); !strings.HasSuffix(text, want) {
				t.Errorf("body %d: got %s, want … %s", i, text, want)
			}
			s.Delete(got)
			must(t, s.Commit(ctx))
		}
		must(t, s.Close(ctx))
	})
}

func TestBodiesLeaveTheRestAsItIs(t *testing.T) {
	age := int16(5)
	m := member(1, "ed")
	m.Age, m.Home.City = &age, "Oslo"
	before := described(t, m)
	for _, r := range []*http.Request{
		ask("POST", "/", asJSON, `{}`), ask("PATCH", "/", asForm, ""), ask("PUT", "/", "multipart/form-data; boundary=x", "--x--\r\n"),
	} {
		must(t, editMember.Decode(nil, r, m))
		same(t, "an empty body", described(t, m), before)
	}
	for _, r := range []*http.Request{ask("POST", "/", asJSON, `{"age": null}`), ask("POST", "/", asForm, "age=")} {
		m.Age = &age
		must(t, editMember.Decode(nil, r, m))
		same(t, "NULL", m.Age == nil, true)
	}
	before = described(t, m)
	err := editMember.Decode(nil, ask("POST", "/", asJSON, `{"full_name": "new", "age": "x"}`), m)
	wantErr(t, err, http.StatusUnprocessableEntity, "age must be a whole number")
	same(t, "a body with an error", described(t, m), before)
}

func TestWhatIsWrongIsToldByField(t *testing.T) {
	for body, want := range map[string]string{
		`{"email": "ed"}`:                             "email: invalid: must have an @",
		`{"email": null}`:                             "email: null: must have a value",
		`{"email": 5}`:                                "email: type: must be a text",
		`{"email": "a@b", "email": "c@d"}`:            "email: twice: is there twice",
		`{"email": "a@b", "\u0065mail": "c@d"}`:       "email: twice: is there twice",
		`{"full_name": "123456789012345678901"}`:      "full_name: length: must not be longer than 20 characters",
		`{"age": 40000}`:                              "age: range: must be from -32768 to 32767",
		`{"age": 1.5}`:                                "age: type: must be a whole number",
		`{"age": 1e2}`:                                "age: type: must be a whole number",
		`{"age": "7"}`:                                "age: type: must be a whole number",
		`{"age": 99999999999999999999999999}`:         "age: range: must be from -32768 to 32767",
		`{"role": "owner"}`:                           "role: choice: must be one of guest, admin",
		`{"active": 1}`:                               "active: type: must be true or false",
		`{"balance": "1e9999999999"}`:                 "balance: type: must be a number",
		`{"balance": 123456789.12}`:                   "balance: invalid: is not valid",
		`{"score": 1e400}`:                            "score: range: is too large a number",
		`{"born": "1990-02-30"}`:                      "born: type: must be a date (2006-01-02)",
		`{"seen": "2024-05-06T07:08:09"}`:             "seen: type: must be a time with its zone (2006-01-02T15:04:05Z)",
		`{"prefs": {"theme": "a", "theme": "b"}}`:     "prefs: twice: is there twice",
		`{"prefs": {"admin": true}}`:                  "prefs: type: has another form than it should",
		`{"prefs": []}`:                               "prefs: type: has another form than it should",
		`{"id": 5, "version": 2}`:                     "id: unknown: can't be set here|version: unknown: can't be set here",
		`{"team_id": 2}`:                              "team_id: unknown: can't be set here",
		`{"home_zip": "1"}`:                           "home_zip: unknown: can't be set here",
		`{"Email": "a@b"}`:                            "Email: unknown: can't be set here",
		`{"name": "x"}`:                               "name: unknown: can't be set here",
		"{\"e\u200bmail\": 1, \"\\u0007\\u001b\": 1}": "e\ufffdmail: unknown: can't be set here|\ufffd\ufffd: unknown: can't be set here",
	} {
		m := member(1, "ed")
		before := described(t, m)
		err := editMember.Decode(nil, ask("POST", "/", asJSON, body), m)
		if got := fieldList(err); got != want || web.StatusOf(err) != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %q (%v), want %q", body, got, err, want)
		}
		same(t, "the member after "+body, described(t, m), before)
	}
}

// fieldList shows field errors as "field: code: message|…".
func fieldList(err error) string {
	var list []string
	fields, _ := errors.AsType[web.FieldErrors](err)
	for _, x := range fields {
		list = append(list, x.Field+": "+x.Code+": "+x.Message)
	}
	return strings.Join(list, "|")
}

func TestFormsAreToldByFieldToo(t *testing.T) {
	multiType, multiBody := multipartOf(t, url.Values{"full_name": {"x"}}, "bio")
	for _, c := range []struct{ contentType, body, want string }{
		{asForm, "age=x&age=5", "age: twice: is there twice"},
		{asForm, "active=true&active=false", "active: twice: is there twice"},
		{asForm, "age=+5", "age: type: must be a whole number"},
		{asForm, "full_name=a%00b", "full_name: invalid: has characters that no text has"},
		{asForm, "full_name=%ff", "full_name: invalid: has characters that no text has"},
		{asForm, "score=nan", "score: type: must be a number"},
		{asForm, "score=0x10", "score: type: must be a number"},
		{asForm, "prefs=%7B", "prefs: type: must be JSON"},
		{asForm, "team_id=2&full_name=x", "team_id: unknown: can't be set here"},
		{multiType, multiBody, "bio: file: must not be a file"},
	} {
		m := member(1, "ed")
		before := described(t, m)
		r := ask("POST", "/", c.contentType, c.body)
		if got := fieldList(editMember.Decode(nil, r, m)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.body, got, c.want)
		}
		same(t, "the member after "+c.body, described(t, m), before)
		if r.PostForm == nil {
			t.Errorf("%s: what was sent is not in PostForm", c.body)
		}
	}
}

func TestBodiesThatCantBeRead(t *testing.T) {
	long := web.Accept(Members, Members.Bio).MaxBytes(100)
	many := `{` + strings.Repeat(`"x":1,`, 3) + `"`
	for i := range 300 {
		many += strings.Repeat("y", i) + `":1,"`
	}
	for _, c := range []struct {
		contentType, body string
		status            int
		want              string
	}{
		{"", `{}`, 415, "one Content-Type"},
		{"text/plain", `{}`, 415, "neither JSON nor a form"},
		{"application/json; charset=utf-16", `{}`, 415, "not in UTF-8"},
		{"application/json;;=", `{}`, 415, "can't be read"},
		{asJSON, ``, 400, "not JSON"},
		{asJSON, `{} {}`, 400, "not JSON"},
		{asJSON, `{"bio": "x"`, 400, "not JSON"},
		{asJSON, `[{"bio": "x"}]`, 400, "not a JSON object"},
		{asJSON, `null`, 400, "not a JSON object"},
		{asJSON, "{\"bio\": \"\xff\"}", 400, "not UTF-8"},
		{asJSON, `{"bio": "\ud800x"}`, 400, "characters that no text has"},
		{asJSON, `{"bio": "\u0000"}`, 400, "characters that no text has"},
		{asJSON, `{"bio": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, 400, "nested more than"},
		{asJSON, `{"bio": ` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 400, "not JSON"},
		{asJSON, many + `z":1}`, 400, "more than 200 fields"},
		{asForm, "bio=%zz", 400, "no form"},
		{"multipart/form-data", "x", 400, "no boundary"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Dispo", 400, "no form"},
	} {
		err := editMember.Decode(nil, ask("POST", "/", c.contentType, c.body), member(1, "ed"))
		wantErr(t, err, c.status, c.want)
	}
	for contentType, body := range map[string]string{
		asJSON: `{"bio": "` + strings.Repeat("x", 100) + `"}`, asForm: "bio=" + strings.Repeat("x", 100),
		"multipart/form-data; boundary=x": "--x\r\nContent-Disposition: form-data; name=bio\r\n\r\n" + strings.Repeat("x", 100) + "\r\n--x--\r\n",
	} {
		wantErr(t, long.Decode(nil, ask("POST", "/", contentType, body), member(1, "ed")), http.StatusRequestEntityTooLarge, "longer than 100 bytes")
	}
	r := ask("POST", "/", asJSON, `{}`)
	r.Header.Add("Content-Type", asForm)
	wantErr(t, editMember.Decode(nil, r, member(1, "ed")), 415, "one Content-Type")
	r = ask("POST", "/", asJSON, `{}`)
	r.Header.Set("Content-Encoding", "gzip")
	wantErr(t, editMember.Decode(nil, r, member(1, "ed")), 415, "encoding")
	r.Header.Del("Content-Encoding")
	for _, contentType := range []string{asJSON, asForm, "multipart/form-data; boundary=x"} {
		cut := ask("POST", "/", contentType, "")
		cut.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)))
		wantErr(t, editMember.Decode(nil, cut, member(1, "ed")), 400, "read")
	}
	r.Body = nil
	wantErr(t, editMember.Decode(nil, r, member(1, "ed")), 400, "not JSON")
}

func TestKeysVersionsAndOwnersAreRefused(t *testing.T) {
	for what, b := range map[string]web.Body[Member]{
		"ID can't be written by a body: the database generates it": web.Accept(Members, Members.ID),
		"TeamID can't be written by a body: it is part of a key":   web.Accept(Members, Members.TeamID),
		"Version can't be written by a body: it is the version":    web.Accept(Members).Keys(Members.Version),
		"generates": web.Accept(Members).Keys(Members.ID),
		"Name can't be written by a body: it is no key":                 web.Accept(Members).Keys(Members.Name),
		"Name is accepted twice":                                        web.Accept(Members, Members.Name, Members.Name),
		"is required, and not accepted":                                 web.Accept(Members).Require(Members.Name),
		"is not accepted":                                               web.Accept(Members).Named(Members.Name, "n"),
		`two fields of web_test.Member have the name "email" in a body`: web.Accept(Members, Members.Name, Members.Email).Named(Members.Name, "email"),
		"something was named that is not a column of it":                web.Accept(Members, Teams.Name),
	} {
		if err := b.Check(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want %q", err, what)
		}
		if err := b.Decode(nil, ask("POST", "/", asJSON, `{}`), member(1, "ed")); web.StatusOf(err) != http.StatusInternalServerError {
			t.Errorf("%s: got %v, want an error with status 500", what, err)
		}
	}
	if err := web.Accept(Teams, Teams.Name).Versioned().Check(); err == nil || !strings.Contains(err.Error(), "no version column") {
		t.Errorf("got %v, want an error about the version column", err)
	}
	m := member(1, "ed")
	moving := web.Accept(Members).Keys(Members.TeamID).Named(Members.TeamID, "team").Require(Members.TeamID).Ignore("token")
	must(t, moving.Check())
	must(t, moving.Decode(nil, ask("POST", "/", asForm, "team=2&token=x"), m))
	same(t, "the team", m.TeamID, 2)
	wantErr(t, moving.Decode(nil, ask("POST", "/", asForm, "token=x"), m), 422, "team is missing")
	wantErr(t, moving.Decode(nil, ask("POST", "/", asForm, "team_id=1&team=1"), m), 422, "team_id can't be set here")
	naming := web.Accept(Members, Members.Name).Require(Members.Name)
	wantErr(t, naming.Decode(nil, ask("POST", "/", asForm, "full_name="), m), 422, "full_name must not be empty")
}

func TestVersionsAreComparedAndNeverWritten(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		ctx := t.Context()
		edit := web.Accept(Members, Members.Name).Versioned()
		m := member(1, "ed")
		s.Add(m)
		must(t, s.Commit(ctx))
		must(t, edit.Decode(nil, ask("POST", "/", asForm, "version=1&full_name=new"), m))
		must(t, s.Commit(ctx))
		same(t, "the version", m.Version, 2)
		for _, r := range []*http.Request{ask("POST", "/", asForm, "version=1&full_name=old"), ask("POST", "/", asJSON, `{"version": 1, "full_name": ""}`)} {
			err := edit.Decode(nil, r, m)
			wantErr(t, err, http.StatusConflict, "changed meanwhile")
			same(t, "the conflict", errors.Is(err, web.ErrConflict), true)
		}
		wantErr(t, edit.Decode(nil, ask("POST", "/", asForm, "full_name=old"), m), 422, "version is missing")
		wantErr(t, edit.Decode(nil, ask("POST", "/", asForm, "full_name=old&version=x"), m), 422, "version must be a whole number")
		same(t, "the name", m.Name, "new")
	})
}
