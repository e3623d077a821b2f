package webfiber_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/web"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// Note is what the requests of the tests write and read.
type Note struct {
	ID   int64  `json:"id"`
	Text string `json:"text"`
}

type noteTable struct {
	orm.Table[Note]
	ID   schema.Int64
	Text schema.Text
}

var base = orm.NewBase()

// Notes is the table of notes.
var Notes = orm.Declare(base, "notes", noteTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Text: schema.String(20, schema.Unique()),
})

// writeNote is what a request may write.
var writeNote = web.Accept(Notes, Notes.Text).Require(Notes.Text)

// open returns a database in memory with the table.
func open() *alkahest.Engine {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err == nil {
		err = db.CreateAll(ctx, base.MetaData)
	}
	if err != nil {
		panic(err)
	}
	return db
}

// opened closes the database with the test, which fails where a connection is
// still out.
func opened(t *testing.T) *alkahest.Engine {
	t.Helper()
	db := open()
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return db
}

// request is one of a test.
func request(method, path, body string) *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// shown is a response in a line.
func shown(status int, body io.Reader) string {
	text, err := io.ReadAll(body)
	if err != nil {
		panic(err)
	}
	return fmt.Sprint(status, " ", strings.Join(strings.Fields(string(text)), " "))
}

// want compares what came of a request, and the notes that are there after it.
func want(t *testing.T, db *alkahest.Engine, got, answer, notes string) {
	t.Helper()
	list, err := engine.Collect[string](context.Background(), db, expr.NewSelect(Notes.Text).OrderBy(Notes.ID.Asc()))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, answer) || strings.Join(list, ",") != notes {
		t.Errorf("got %q and notes %q, want %q and %q", got, list, answer, notes)
	}
}
