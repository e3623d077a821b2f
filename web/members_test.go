package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
	"github.com/alkahest-go/alkahest/web"
)

type Team struct {
	ID   int64
	Name string
}

type teamTable struct {
	orm.Table[Team]
	ID   schema.Int64
	Name schema.Text
}

type Address struct{ City, Zip string }

type addressColumns struct {
	orm.Composite[Address]
	City, Zip schema.Text
}

type Settings struct {
	Theme string `json:"theme"`
	Limit int    `json:"limit"`
}

// Member has a field of each kind that matters to a body.
type Member struct {
	ID      int64
	TeamID  int64
	Email   string
	Name    string `json:"full_name"`
	Age     *int16
	Role    string
	Active  bool
	Balance sqltype.Decimal
	Score   float64
	Born    *time.Time
	Seen    time.Time
	Bio     orm.Deferred[string]
	Prefs   Settings
	Home    Address
	Version int64
}

type memberTable struct {
	orm.Table[Member]
	ID      schema.Int64
	TeamID  schema.Int64
	Email   schema.Text
	Name    schema.Text
	Age     schema.Num[int16]
	Role    schema.Text
	Active  schema.Bool
	Balance schema.Decimal
	Score   schema.Float64
	Born    schema.Time
	Seen    schema.Time
	Bio     schema.Text
	Prefs   schema.JSON[Settings]
	Home    addressColumns
	Version schema.Int64
}

func (t *memberTable) Constraints() []schema.TableItem {
	return []schema.TableItem{
		schema.UniqueOn("uq_member_name", "team_id", "name"),
		schema.CheckOn("ck_member_age", t.Age.Ge(0)),
	}
}

var club = orm.NewBase()

var Teams = orm.Declare(club, "teams", teamTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Name: schema.String(50),
})

var Members = orm.Declare(club, "members", memberTable{
	ID:      schema.BigInteger(schema.PrimaryKey()),
	TeamID:  schema.BigInteger(schema.ForeignKey("teams.id")),
	Email:   schema.String(60, schema.Unique(), orm.Validate(checkEmail)),
	Name:    schema.String(20),
	Age:     schema.SmallInteger(schema.Nullable()),
	Role:    schema.EnumOf("member_role", []string{"guest", "admin"}),
	Balance: schema.Numeric(10, 2),
	Bio:     schema.LongString(),
	Prefs:   schema.JSONOf[Settings](),
	Home:    addressColumns{City: schema.String(50), Zip: schema.String(10)},
	Born:    schema.Date(),
	Seen:    schema.Timestamp(),
	Version: schema.BigInteger(schema.Version()),
})

var errEmail = errors.New("must have an @")

// checkEmail is a validator that changes what it is given.
func checkEmail(text string) (string, error) {
	if !strings.Contains(text, "@") {
		return text, errEmail
	}
	return strings.ToLower(strings.TrimSpace(text)), nil
}

// clubs runs a test on each database, with the tables of club and two teams.
func clubs(t *testing.T, f func(t *testing.T, db *engine.Engine, s *orm.Session)) {
	t.Helper()
	for _, name := range products {
		t.Run(name, func(t *testing.T) {
			db := connect(t, freshURL(t, name))
			must(t, db.CreateAll(t.Context(), club.MetaData))
			f(t, db, clubSession(t, db))
		})
	}
}

func clubSession(t *testing.T, db *engine.Engine) *orm.Session {
	t.Helper()
	s := orm.NewSession(db)
	t.Cleanup(func() { must(t, s.Close(t.Context())) })
	s.Add(&Team{Name: "red"})
	s.Add(&Team{Name: "blue"})
	must(t, s.Commit(t.Context()))
	return s
}

// member is one that can be written.
func member(team int64, name string) *Member {
	return &Member{TeamID: team, Name: name, Email: name + "@x.org", Role: "guest", Seen: time.Unix(0, 0).UTC()}
}

// ask is a request as a handler gets it.
func ask(method, url, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

// wantErr compares the status and the text of an error.
func wantErr(t *testing.T, err error, status int, part string) {
	t.Helper()
	if err == nil || web.StatusOf(err) != status || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v with status %d, want status %d and %q", err, web.StatusOf(err), status, part)
	}
}

func same[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
