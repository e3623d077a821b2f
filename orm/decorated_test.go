package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// VoucherID is an id that can't be mixed up with other numbers.
type VoucherID struct{ n int64 }

// Voucher has a generated key of a decorated type.
type Voucher struct {
	ID    VoucherID
	Name  string
	Tags  []string
	Owner *Address
}

// Address is text in lower case.
type Address string

type voucherTable struct {
	orm.Table[Voucher]
	ID    schema.Val[VoucherID]
	Name  schema.Text
	Tags  schema.Val[[]string]
	Owner schema.Val[Address]
}

var (
	voucherID = sqltype.Decorate("voucher", sqltype.Integer{Bits: 64},
		func(id VoucherID) (int64, error) { return id.n, nil },
		func(n int64) (VoucherID, error) { return VoucherID{n}, nil })
	voucherTags = sqltype.WithVariantOf[[]string](sqltype.JSON{}, sqltype.Array{Elem: sqltype.Text{}}, "postgresql")
	address     = sqltype.Decorate("address", sqltype.String{Length: 100},
		func(a Address) (string, error) {
			if !strings.Contains(string(a), "@") {
				return "", errors.New("no @")
			}
			return strings.ToLower(string(a)), nil
		},
		func(s string) (Address, error) { return Address(s), nil })
)

var voucherBase = orm.NewBase()

var vouchers = orm.Declare(voucherBase, "vouchers", voucherTable{
	ID: schema.ColumnOf[VoucherID](voucherID, schema.PrimaryKey()), Name: schema.String(20, schema.Unique()),
	Tags: schema.ColumnOf[[]string](voucherTags), Owner: schema.ColumnOf[Address](address),
})

// A decorated key is generated, comes back, is found, and its row is changed.
func TestDecoratedKeysAndVariants(t *testing.T) {
	table := vouchers
	everywhere(t, voucherBase, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		owner := Address("Ada@Example.org")
		list := make([]*Voucher, 40)
		for i := range list {
			list[i] = &Voucher{Name: strings.Repeat("x", i+1)[:min(i+1, 3)] + string(rune('a'+i%26)) + string(rune('a'+i/26)), Tags: []string{"all", string(rune('a' + i%26))}, Owner: &owner}
		}
		orm.AddAll(s, list...)
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		other := session(t, db)
		for _, want := range list {
			got, err := orm.Select(table).Where(table.Name.Eq(want.Name)).One(ctx, other)
			must(t, err)
			if got.ID != want.ID || got.ID.n == 0 {
				t.Errorf("%s: got id %v on the object, and %v in the row", want.Name, want.ID, got.ID)
			}
			same(t, "tags", got.Tags, want.Tags)
			same(t, "owner", *got.Owner, Address("ada@example.org"))
			again, err := orm.Get(ctx, other, table, want.ID)
			must(t, err)
			if again != got {
				t.Error("one row has two objects")
			}
		}
		first, err := orm.Get(ctx, other, table, list[0].ID)
		must(t, err)
		db.forget()
		must(t, other.Flush(ctx))
		db.wantSent(t)
		first.Tags = append(first.Tags, "more")
		must(t, other.Flush(ctx))
		db.wantSent(t, "update vouchers(tags)")
		n, err := orm.Select(table).Where(table.Owner.Eq("ADA@example.org")).Count(ctx, other)
		must(t, err)
		same(t, "found by owner", n, 40)
	})
}

// A decorator that refuses a value does so before anything is sent.
func TestDecoratorRefusesAValue(t *testing.T) {
	everywhere(t, voucherBase, func(t *testing.T, db *database) {
		s := session(t, db)
		bad := Address("nobody")
		e := &Voucher{Name: "bad", Owner: &bad}
		s.Add(e)
		err := s.Flush(t.Context())
		if err == nil || !strings.Contains(err.Error(), "Voucher.Owner") || strings.Contains(err.Error(), "nobody") {
			t.Errorf("got %v, want an error that names the field and not the value", err)
		}
		if e.ID.n != 0 {
			t.Errorf("got id %v on an object without a row", e.ID)
		}
		db.wantSent(t)
		res, err := db.Query(t.Context(), expr.NewSelect(voucherBase.Tables()[0].C("id")))
		must(t, err)
		if res.Next() {
			t.Error("a row was stored")
		}
		must(t, res.Close())
	})
}
