package orm_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// parcel has fields of all kinds to which a snapshot leads.
type parcel struct {
	ID     int64
	Text   string
	Bytes  []byte
	Null   []byte
	PText  *string
	PInt   *int64
	PFloat *float64
	PBool  *bool
	PTime  *time.Time
	At     time.Time
	Small  int16
	Mark   uuid.UUID
	Notice string `db:"-"`
}

type parcelTable struct {
	orm.Table[parcel]
	ID     schema.Int64
	Text   schema.Text
	Bytes  schema.Bytes
	Null   schema.Bytes
	PText  schema.Text
	PInt   schema.Int64
	PFloat schema.Float64
	PBool  schema.Bool
	PTime  schema.Time
	At     schema.Time
	Small  schema.Int16
	Mark   schema.UUID
}

var (
	packBase = orm.NewBase()
	Parcels  = orm.Declare(packBase, "parcels", parcelTable{ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(500), PText: schema.String(500), Null: schema.LargeBinary(schema.Nullable()), PTime: schema.DateTime(), At: schema.DateTime()})
)

// parcelMaker makes parcels, and changes them as a program may.
type parcelMaker struct{ *rand.Rand }

func (r parcelMaker) text() string {
	lengths := []int{0, 1, 7, 30, 127, 128, 129, 300}
	return strings.Repeat(string(rune('a'+r.IntN(26))), lengths[r.IntN(len(lengths))])
}

func orNil[T any](r parcelMaker, v T) *T {
	if r.IntN(3) == 0 {
		return nil
	}
	return &v
}

func (r parcelMaker) moment() time.Time {
	return time.Date(2026, 1, 1+r.IntN(300), r.IntN(24), r.IntN(60), 1, r.IntN(1e6)*1000, time.UTC)
}

// fill gives the parcel values of its own.
func (r parcelMaker) fill(p *parcel) {
	p.Text, p.Bytes, p.Null = r.text(), []byte(r.text()), []byte(r.text())
	if r.IntN(3) == 0 {
		p.Null = nil
	}
	p.PText, p.PInt, p.PFloat = orNil(r, r.text()), orNil(r, r.Int64N(9)), orNil(r, float64(r.IntN(9))/4)
	p.PBool, p.PTime = orNil(r, r.IntN(2) == 0), orNil(r, r.moment())
	p.At, p.Small, p.Mark[3] = r.moment(), int16(r.IntN(9)), byte(r.IntN(9))
}

// change changes one field, where it lies or by another value.
func (r parcelMaker) change(p *parcel) {
	switch r.IntN(8) {
	case 0:
		p.Text = strings.Clone(p.Text) // which is no change
	case 1:
		p.Text = r.text()
	case 2:
		for i := range p.Bytes {
			p.Bytes[i]++
		}
		p.Bytes = append(p.Bytes, 'x')
	case 3:
		if p.PText != nil {
			*p.PText += "y"
		}
	case 4:
		if p.PInt != nil {
			*p.PInt++
		}
		if p.PBool != nil {
			*p.PBool = !*p.PBool
		}
	case 5:
		if p.PTime != nil {
			*p.PTime = p.PTime.Add(time.Second)
		}
	case 6:
		p.PText, p.PFloat, p.PBool, p.Null = nil, nil, nil, nil
	case 7:
		r.fill(p)
	}
}

// twin returns a copy that shares no memory.
func (p *parcel) twin() *parcel {
	q := *p
	q.Text, q.Bytes, q.Null = strings.Clone(p.Text), bytes.Clone(p.Bytes), bytes.Clone(p.Null)
	q.PText, q.PInt, q.PFloat, q.PBool, q.PTime = clonePtr(p.PText), clonePtr(p.PInt), clonePtr(p.PFloat), clonePtr(p.PBool), clonePtr(p.PTime)
	if p.PText != nil {
		*q.PText = strings.Clone(*p.PText)
	}
	return &q
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Snapshots of rows lead to memory that the garbage collector does not see in them.
// Whatever a program does to its objects, and however often the collector runs, the
// session sees what changed, writes it, and takes it back.
func TestSnapshotsInBlocks(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	on(t, []string{"memory", "file", "postgres15", "mariadb"}, packBase, func(t *testing.T, db *database) {
		seed, count, wrong := soak.Seed(t), soak.Count(2000), 0
		r := parcelMaker{rand.New(rand.NewPCG(seed, 1))}
		list := make([]*parcel, 150)
		for i := range list {
			list[i] = &parcel{ID: int64(i) + 1}
			r.fill(list[i])
		}
		inBulk(t, db, Parcels, list)
		for range count {
			if !r.round(t, db, list) {
				wrong++
				break
			}
		}
		soak.Report(t, "snapshots in blocks "+db.name, count, wrong, seed)
	})
}

// round reads rows, changes some, and commits or rolls back. list is what the rows are.
func (r parcelMaker) round(t *testing.T, db *database, list []*parcel) bool {
	ctx := t.Context()
	s := orm.NewSession(db)
	q := orm.Select(Parcels).OrderBy(Parcels.ID.Asc())
	if n := r.IntN(3); n > 0 {
		q = q.Where(Parcels.ID.Le(int64(n)))
	}
	read, err := q.All(ctx, s)
	must(t, err)
	want := make([]*parcel, len(read))
	for i, p := range read {
		if want[i] = list[i].twin(); !reflect.DeepEqual(p, want[i]) {
			t.Errorf("row %d was read as %+v, want %+v", p.ID, p, want[i])
			return false
		}
	}
	for range 1 + r.IntN(2*len(read)) {
		i := r.IntN(len(read))
		r.change(read[i])
		junk(r.IntN(40))
	}
	runtime.GC()
	ok := true
	for i, p := range read {
		changed, err := s.IsModified(p)
		must(t, err)
		if p.Null != nil && len(p.Null) == 0 && want[i].Null != nil && len(want[i].Null) == 0 {
			p.Null = want[i].Null // alike
		}
		if differs := !reflect.DeepEqual(p, want[i]); changed != differs {
			t.Errorf("changed is %t of row %d", changed, p.ID)
			ok = false
		}
	}
	if r.IntN(2) == 0 {
		for i, p := range read {
			list[i] = p.twin()
		}
		must(t, s.Commit(ctx))
	} else {
		must(t, s.Rollback(ctx))
		runtime.GC()
	}
	for i, p := range read {
		if !reflect.DeepEqual(p.twin(), list[i]) {
			t.Errorf("after the end: %+v, want %+v", p, list[i])
			return false
		}
	}
	must(t, s.Close(ctx))
	return ok
}

// junk takes memory that was just freed.
func junk(n int) {
	for i := range n {
		_ = append([]string{fmt.Sprint(i)}, make([]string, i)...)
	}
}

// An object whose session is long gone has its texts still, and whoever keeps one
// text keeps little.
func TestTextsOutliveTheirSession(t *testing.T) {
	on(t, []string{"memory"}, packBase, func(t *testing.T, db *database) {
		const n = 20_000
		text := strings.Repeat("t", 100)
		list := make([]*parcel, n)
		for i := range list {
			list[i] = &parcel{ID: int64(i) + 1, Text: fmt.Sprintf("%s%06d", text, i), Bytes: []byte{1}, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		}
		inBulk(t, db, Parcels, list)
		s := session(t, db)
		read, err := orm.Select(Parcels).OrderBy(Parcels.ID.Asc()).All(t.Context(), s)
		must(t, err)
		must(t, s.Close(t.Context()))
		var before, after runtime.MemStats
		list = nil
		kept := make([]string, 0, 100)
		for i := 0; i < n; i += n / 100 {
			kept = append(kept, read[i].Text)
		}
		read = nil
		s = nil
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i, s := range kept {
			if want := fmt.Sprintf("%s%06d", text, i*(n/100)); s != want {
				t.Fatalf("got %q, want %q", s, want)
			}
		}
		kept = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		if held := int64(before.HeapAlloc) - int64(after.HeapAlloc); held > 300<<10 {
			t.Errorf("100 texts kept %d bytes", held)
		}
		runtime.KeepAlive(list)
		runtime.KeepAlive(read)
		runtime.KeepAlive(s)
	})
}
