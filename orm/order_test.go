package orm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Node references a node, and so its own table.
type Node struct {
	ID     int64
	Parent *int64
}

type nodeTable struct {
	orm.Table[Node]
	ID     schema.Int64
	Parent schema.Int64
}

// Left and Right reference each other.
type Left struct {
	ID    int64
	Right *int64
}

// Right is the other end of Left.
type Right struct {
	ID   int64
	Left *int64
}

type leftTable struct {
	orm.Table[Left]
	ID    schema.Int64
	Right schema.Int64
}

type rightTable struct {
	orm.Table[Right]
	ID   schema.Int64
	Left schema.Int64
}

// Seat has a unique value that may be NULL, and one that may not.
type Seat struct {
	ID   int64
	Free *int64
	Code string
}

type seatTable struct {
	orm.Table[Seat]
	ID   schema.Int64
	Free schema.Int64
	Code schema.Text
}

// Guest sits on a seat.
type Guest struct {
	ID   int64
	Seat *int64
}

type guestTable struct {
	orm.Table[Guest]
	ID   schema.Int64
	Seat schema.Int64
}

var (
	orders = orm.NewBase()
	Nodes  = orm.Declare(orders, "nodes", nodeTable{Parent: schema.BigInteger(schema.ForeignKey("nodes.id")), ID: schema.BigInteger(schema.PrimaryKey())})
	Lefts  = orm.Declare(orders, "lefts", leftTable{ID: schema.BigInteger(schema.PrimaryKey()), Right: schema.BigInteger(schema.ForeignKey("rights.id"))})
	Rights = orm.Declare(orders, "rights", rightTable{ID: schema.BigInteger(schema.PrimaryKey()), Left: schema.BigInteger(schema.ForeignKey("lefts.id"))})
	Guests = orm.Declare(orders, "guests", guestTable{ID: schema.BigInteger(schema.PrimaryKey()), Seat: schema.BigInteger(schema.ForeignKey("seats.id"))})
	Seats  = orm.Declare(orders, "seats", seatTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Free: schema.BigInteger(schema.Unique()), Code: schema.String(10, schema.Unique()),
	})
)

func TestRowsThatReferenceTheirOwnTable(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		s := session(t, db)
		parents := []int64{5, 0, 2, 1, 3, 8, 6, 2} // node i+1 is below parents[i]
		var list []*Node
		for i, p := range parents {
			n := &Node{ID: int64(i + 1)}
			if p != 0 {
				n.Parent = ptr(p)
			}
			list = append(list, n)
		}
		orm.AddAll(s, list...)
		must(t, s.Flush(t.Context()))
		// An existing row goes below a new one.
		s.Add(&Node{ID: 20, Parent: ptr(int64(21))})
		s.Add(&Node{ID: 21})
		list[7].Parent = ptr(int64(20))
		must(t, s.Flush(t.Context()))
		nodes, err := orm.Select(Nodes).OrderBy(Nodes.ID.Desc()).All(t.Context(), s)
		must(t, err)
		for _, n := range nodes {
			s.Delete(n)
		}
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Nodes.Schema())
	})
}

func TestALongChainIsFewStatements(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		const n = 2000
		s := session(t, db)
		for i := range n { // children before parents
			node := &Node{ID: int64(n - i)}
			if node.ID > 1 {
				node.Parent = ptr(node.ID - 1)
			}
			s.Add(node)
		}
		must(t, s.Flush(t.Context()))
		if sent := db.statements(); len(sent) > 3 {
			t.Errorf("got %d statements", len(sent))
		}
		count, err := orm.Select(Nodes).Count(t.Context(), s)
		must(t, err)
		same(t, "rows", count, n)
	})
}

func TestTablesThatReferenceEachOther(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		s := session(t, db)
		a, b := &Left{ID: 1, Right: ptr(int64(1))}, &Left{ID: 2}
		x, y := &Right{ID: 1, Left: ptr(int64(2))}, &Right{ID: 2, Left: ptr(int64(1))}
		orm.AddAll(s, a, b)
		orm.AddAll(s, x, y) // y references a, a references x, x references b
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Lefts.Schema(), "1 1", "2 NULL")
		wantRows(t, db, Rights.Schema(), "1 2", "2 1")
		s.Delete(b)
		s.Delete(a)
		s.Delete(x)
		s.Delete(y)
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Lefts.Schema())
		wantRows(t, db, Rights.Schema())
	})
}

// seats inserts seats with the codes, whose Free is their number.
func seats(t *testing.T, s *orm.Session, codes ...string) []*Seat {
	t.Helper()
	var list []*Seat
	for i, c := range codes {
		list = append(list, &Seat{ID: int64(i + 1), Free: ptr(int64(i + 1)), Code: c})
	}
	orm.AddAll(s, list...)
	must(t, s.Flush(t.Context()))
	return list
}

func TestAUniqueValueChangesHands(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := seats(t, s, "a", "b", "c")
		guest := &Guest{ID: 1, Seat: ptr(int64(1))}
		s.Add(guest)
		must(t, s.Flush(ctx))
		db.forget()

		// From a deleted row to a new one, whose child is released first.
		s.Add(&Seat{ID: 4, Code: "a"})
		s.Delete(list[0])
		guest.Seat = nil
		must(t, s.Flush(ctx))
		db.wantSent(t, "update guests(seat)", "delete seats", "insert seats(id,free,code)")

		// From a deleted row to a changed one.
		s.Delete(list[1])
		list[2].Code = "b"
		must(t, s.Flush(ctx))
		db.wantSent(t, "delete seats", "update seats(code)")

		// From row to row, in a chain that ends with a new row.
		four, err := orm.Get(ctx, s, Seats, 4)
		must(t, err)
		s.Add(&Seat{ID: 5, Code: "b"})
		list[2].Code = "a"
		four.Code = "d"
		must(t, s.Flush(ctx))
		db.wantSent(t, "update seats(code)", "update seats(code)", "insert seats(id,free,code)")
		must(t, s.Commit(ctx))
		wantRows(t, db, Seats.Schema(), "3 3 a", "4 NULL d", "5 NULL b")
	})
}

func TestASwapGoesThroughNull(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := seats(t, s, "a", "b", "c", "d")
		db.forget()
		list[0].Free, list[1].Free = list[1].Free, list[0].Free
		must(t, s.Flush(ctx))
		same(t, "statements", len(db.statements()), 3)
		// A circle of three, and a key that changes with it.
		list[0].Free, list[1].Free, list[2].Free = ptr(int64(3)), ptr(int64(2)), ptr(int64(1))
		list[0].ID, list[0].Code = 9, "z"
		must(t, s.Flush(ctx))
		got, err := orm.Get(ctx, s, Seats, 9)
		must(t, err)
		if got != list[0] {
			t.Error("the identity map did not follow the changed key")
		}
		if _, err := orm.Get(ctx, s, Seats, 1); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("the key that the row had: got %v, want ErrNoRows", err)
		}
		must(t, s.Commit(ctx))
		wantRows(t, db, Seats.Schema(), "2 2 b", "3 1 c", "4 4 d", "9 3 z")

		// Rolled back it is as before.
		list[1].Free, list[2].Free = list[2].Free, list[1].Free
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		same(t, "restored", []int64{*list[1].Free, *list[2].Free}, []int64{2, 1})
	})
}

func TestASwapOfWhatCantBeNullIsRefused(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := seats(t, s, "a", "b", "c")
		db.forget()
		list[0].Code, list[1].Code = "b", "a"
		err := s.Flush(ctx)
		var flush *orm.FlushError
		if !errors.As(err, &flush) || !strings.Contains(err.Error(), "Seat(ID 1)") || !strings.Contains(err.Error(), "Seat(ID 2)") ||
			!strings.Contains(err.Error(), "seats.code") {
			t.Errorf("got %v, want an error that names both and the column", err)
		}
		db.wantSent(t)
		list[0].Code = "d" // it can be mended without a rollback
		must(t, s.Commit(ctx))
		wantRows(t, db, Seats.Schema(), "1 1 d", "2 2 a", "3 3 c")
	})
}

func TestALongShift(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		const n = 300
		s := session(t, db)
		var list []*Seat
		for i := range n {
			list = append(list, &Seat{ID: int64(i + 1), Code: fmt.Sprint(i)})
		}
		orm.AddAll(s, list...)
		must(t, s.Flush(t.Context()))
		for i, seat := range list {
			seat.Code = fmt.Sprint(i + 1)
		}
		must(t, s.Flush(t.Context()))
		got, err := orm.Select(Seats).Where(Seats.Code.Eq(fmt.Sprint(n))).One(t.Context(), s)
		must(t, err)
		same(t, "the last", got.ID, n)
	})
}
