package orm_test

import (
	"database/sql"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestFlushSendsWhatChangedAndNothingElse(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		alice, bob := &User{Name: "Alice"}, &User{Name: "Bob", Email: ptr("bob@example.org")}
		orm.AddAll(s, alice, bob)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert users(name,email) x2")
		same(t, "ids", []int64{alice.ID, bob.ID}, []int64{1, 2})

		must(t, s.Flush(t.Context()))
		db.wantSent(t)

		alice.Name = "Alicia"
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update users(name)")

		alice.Name, bob.Email = "", nil
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update users(name)", "update users(email)")

		alice.Name, bob.Name = "A", "B"
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update users(name) x2")

		s.Delete(alice)
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "delete users", "COMMIT")
		wantRows(t, db, Users.Schema(), "2 B NULL")
	})
}

func TestFlushOrdersTablesByForeignKeys(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		post := &Post{ID: 7, AuthorID: sql.Null[int64]{V: 3, Valid: true}, Title: "first"}
		s.Add(post)
		user := &User{ID: 3, Name: "Alice"}
		s.Add(user)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert users(id,name,email)", "insert posts(id,author_id,answer_to,title)")

		// An update that releases a parent goes before the parent's delete.
		post.AuthorID = sql.Null[int64]{}
		s.Delete(user)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update posts(author_id)", "delete users")

		s.Delete(post)
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Posts.Schema())
	})
}

func TestEveryKindComesBackAsItWasSent(t *testing.T) {
	everywhere(t, kinds, func(t *testing.T, db *database) {
		s := session(t, db)
		e := everything()
		s.Add(e)
		must(t, s.Commit(t.Context()))
		read, err := orm.Get(t.Context(), session(t, db), Everythings, e.ID)
		must(t, err)
		same(t, "read", read, e)
	})
}

func TestChangesOfEachKindAreSeen(t *testing.T) {
	changes := []struct {
		column string
		change func(e *Everything)
	}{
		{"small", func(e *Everything) { e.Small = 0 }},
		{"middle", func(e *Everything) { e.Middle = -1 }},
		{"number", func(e *Everything) { e.Number = 0 }},
		{"exact", func(e *Everything) { e.Exact = sqltype.Decimal{} }},
		{"float", func(e *Everything) { e.Float = 0 }},
		{"single", func(e *Everything) { e.Single = 0.5 }},
		{"yes", func(e *Everything) { e.Yes = false }},
		{"name", func(e *Everything) { e.Name = "" }},
		{"long", func(e *Everything) { e.Long = "nine" }},
		{"blob", func(e *Everything) { e.Blob[0]++ }},
		{"blob", func(e *Everything) { e.Blob = []byte{} }},
		{"day", func(e *Everything) { e.Day = e.Day.AddDate(0, 0, 1) }},
		{"wall", func(e *Everything) { e.Wall = e.Wall.Add(time.Microsecond) }},
		{"moment", func(e *Everything) { e.Moment = e.Moment.Add(time.Hour) }},
		{"clock", func(e *Everything) { e.Clock = 0 }},
		{"key", func(e *Everything) { e.Key = uuid.UUID{} }},
		{"color", func(e *Everything) { e.Color = "red" }},
		{"tags", func(e *Everything) { e.Tags[1] = "c" }},
		{"tags", func(e *Everything) { e.Tags = append(e.Tags, "d") }},
		{"settings", func(e *Everything) { e.Settings["x"]++ }},
		{"settings", func(e *Everything) { delete(e.Settings, "x") }},
		{"nick", func(e *Everything) { *e.Nick = "changed in place" }},
		{"nick", func(e *Everything) { e.Nick = nil }},
		{"age", func(e *Everything) { e.Age.V = 0 }},
		{"age", func(e *Everything) { e.Age = sql.Null[int32]{} }},
		{"seen", func(e *Everything) { *e.Seen = e.Seen.Add(time.Second) }},
	}
	everywhere(t, kinds, func(t *testing.T, db *database) {
		s := session(t, db)
		e := everything()
		s.Add(e)
		must(t, s.Flush(t.Context()))
		for _, c := range changes {
			db.forget()
			c.change(e)
			must(t, s.Flush(t.Context()))
			db.wantSent(t, "update everything("+c.column+")")
		}
		must(t, s.Commit(t.Context()))
		read, err := orm.Get(t.Context(), session(t, db), Everythings, e.ID)
		must(t, err)
		same(t, "read", read, e)
	})
}

func TestWhatMeansTheSameIsNoChange(t *testing.T) {
	everywhere(t, kinds, func(t *testing.T, db *database) {
		s := session(t, db)
		e := everything()
		s.Add(e)
		must(t, s.Commit(t.Context()))
		s = session(t, db)
		e, err := orm.Get(t.Context(), s, Everythings, e.ID)
		must(t, err)
		db.forget()
		e.Moment = e.Moment.In(time.FixedZone("", 3600))
		e.Nick = ptr(*e.Nick)
		e.Blob = append([]byte(nil), e.Blob...)
		e.Tags = append([]string(nil), e.Tags...)
		e.Wall = e.Wall.Add(time.Nanosecond) // rounded away
		e.Exact = sqltype.MustParseDecimal("4.501")
		must(t, s.Flush(t.Context()))
		db.wantSent(t)
		same(t, "rounded", e.Exact.String(), "4.50")
	})
}

func TestValuesAreRoundedAndTheObjectGetsThem(t *testing.T) {
	everywhere(t, kinds, func(t *testing.T, db *database) {
		s := session(t, db)
		e := everything()
		e.Exact = sqltype.MustParseDecimal("1.2345")
		e.Wall = time.Date(2026, 1, 1, 1, 1, 1, 1499, time.UTC)
		e.Moment = time.Date(2026, 1, 1, 1, 1, 1, 1499, time.FixedZone("", 7200))
		e.Day = time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)
		e.Clock = time.Second + 1499
		e.Seen = ptr(time.Date(2026, 1, 1, 1, 1, 1, 1499, time.UTC))
		mine := e.Seen
		s.Add(e)
		must(t, s.Commit(t.Context()))
		same(t, "decimal", e.Exact.String(), "1.23")
		same(t, "wall", e.Wall.Nanosecond(), 1000)
		same(t, "moment", e.Moment.Nanosecond(), 1000)
		same(t, "clock", e.Clock, time.Second+1000)
		same(t, "pointer", e.Seen.Nanosecond(), 1000)
		same(t, "what others point to", mine.Nanosecond(), 1499)
		read, err := orm.Get(t.Context(), session(t, db), Everythings, e.ID)
		must(t, err)
		same(t, "read", read, e)
	})
}

func TestValuesThatDoNotFitStopTheFlush(t *testing.T) {
	cases := []struct {
		name   string
		change func(e *Everything)
		field  string
	}{
		{"wall clock not in UTC", func(e *Everything) { e.Wall = e.Wall.In(time.FixedZone("", 3600)) }, "Wall"},
		{"invalid UTF-8", func(e *Everything) { e.Name = "\xff" }, "Name"},
		{"NUL in text", func(e *Everything) { e.Long = "a\x00b" }, "Long"},
		{"too long", func(e *Everything) { e.Name = string(make([]rune, 51)) }, "Name"},
		{"overflow", func(e *Everything) { e.Exact = sqltype.MustParseDecimal("12345678901.00") }, "Exact"},
		{"no label", func(e *Everything) { e.Color = "blue" }, "Color"},
		{"clock beyond the day", func(e *Everything) { e.Clock = 25 * time.Hour }, "Clock"},
	}
	everywhere(t, kinds, func(t *testing.T, db *database) {
		s := session(t, db)
		good := everything()
		s.Add(good)
		must(t, s.Flush(t.Context()))
		db.forget()
		for _, c := range cases {
			other := everything()
			c.change(other)
			s.Add(other)
			before := *good
			c.change(good)
			err := s.Flush(t.Context())
			var value *sqlerr.ValueError
			var entity *orm.EntityError
			if !errors.As(err, &value) || !errors.As(err, &entity) || entity.Field != c.field {
				t.Errorf("%s: got %v, want a ValueError of %s", c.name, err, c.field)
			}
			*good = before
			s.Delete(other)
			must(t, s.Flush(t.Context()))
		}
		db.wantSent(t)
	})
}

func TestNaN(t *testing.T) {
	everywhere(t, kinds, func(t *testing.T, db *database) {
		s := session(t, db)
		e := everything()
		e.Float = math.NaN()
		s.Add(e)
		err := s.Flush(t.Context())
		if db.isPostgres() {
			must(t, err)
			must(t, s.Flush(t.Context())) // a NaN is no change to itself
			db.wantSent(t, "insert everything("+columnsWithoutID(Everythings.Schema())+")")
			return
		}
		var entity *orm.EntityError
		if !errors.As(err, &entity) || entity.Field != "Float" {
			t.Errorf("got %v, want an error of Float", err)
		}
		db.wantSent(t)
		e.Float = 1
		must(t, s.Flush(t.Context()))
	})
}
