package gosqldriver

import (
	sqldriver "database/sql/driver"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// What a cell says is the value that was put there, of the same Go type, also
// where nothing else keeps it.
func TestCellsHoldTheirValues(t *testing.T) {
	text, raw := strings.Clone("héllo"), []byte{1, 2, 3}
	want := []sqldriver.Value{"héllo", "", []byte{1, 2, 3}, []byte{}, int64(math.MinInt64), int64(7), math.Inf(1), -0.5}
	cells := make([]cell, len(want))
	got := []sqldriver.Value{
		cells[0].string(text), cells[1].string(""), cells[2].bytes(raw), cells[3].bytes([]byte{}),
		cells[4].int64(math.MinInt64), cells[5].int64(7), cells[6].float64(math.Inf(1)), cells[7].float64(-0.5),
	}
	text, raw = "", nil
	runtime.GC()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, want %#v", got, want)
	}
	cells[0].int64(9)
	if cells[1].string("x") != "x" || got[0] != "héllo" {
		t.Errorf("got %#v", got[0])
	}
}
