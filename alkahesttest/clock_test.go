package alkahesttest_test

import (
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Now is the clock of the program that is tested.
var Now = time.Now

// Note is stamped by it.
type Note struct {
	orm.Timestamps
	ID   int64
	Text string
}

type noteTable struct {
	orm.Table[Note]
	orm.TimestampColumns
	ID   schema.Int64
	Text schema.Text
}

var Notes = orm.Declare(Base, "notes", noteTable{
	TimestampColumns: orm.NewTimestampsBy(func() time.Time { return Now() }),
	ID:               schema.BigInteger(schema.PrimaryKey()), Text: schema.String(50),
})

func TestClock(t *testing.T) {
	start := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	clock := alkahesttest.NewClock(start)
	clock.Install(t, &Now)
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		clock.Set(start)
		box := alkahesttest.Sandbox(t, db)
		ctx := t.Context()
		s := orm.NewSession(box)
		defer s.Close(ctx)
		n := &Note{Text: "a"}
		s.Add(n)
		must(t, s.Commit(ctx))
		later := clock.Advance(time.Hour)
		n.Text = "b"
		must(t, s.Commit(ctx))
		got, err := orm.Select(Notes).One(ctx, s)
		must(t, err)
		want(t, got.CreatedAt, start)
		want(t, got.UpdatedAt, later)
	})
}

func TestClockIsTakenAway(t *testing.T) {
	now := func() time.Time { return time.Time{} }
	t.Run("test", func(t *testing.T) {
		alkahesttest.NewClock(time.Unix(1, 0)).Install(t, &now)
		want(t, now(), time.Unix(1, 0))
	})
	want(t, now(), time.Time{})
}
