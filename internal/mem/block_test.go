package mem_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// A block of each size has the memory that it says, in which a variable may lie, and
// keeps what it is told to keep, and no more.
func TestBlocksKeep(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	type row struct {
		ID   int64
		Name string
		Box  *string
	}
	size := mem.SizeOf[row]()
	for _, n := range []uintptr{1, size, 224, 500, 1200, mem.LargestBlock} {
		b, room, have := mem.NewBlock(n)
		if have < n || uintptr(room)%mem.WordSize != 0 {
			t.Fatalf("a block for %d bytes has %d at %x", n, have, room)
		}
		text, boxes := make([]byte, 0, 4096), make([]string, 64)
		if !b.Keep(mem.Pointer(mem.First(text))) || !b.Keep(mem.Pointer(mem.First(boxes))) {
			t.Fatal("a new block keeps nothing")
		}
		count := int(have / size)
		for i := range count {
			from := len(text)
			text = fmt.Appendf(text, "row %d", i)
			boxes[i%64] = mem.View(text[from:])
			r := row{int64(i), mem.View(text[from:]), &boxes[i%64]}
			mem.Copy(mem.Add(room, uintptr(i)*size), mem.Pointer(&r), size)
		}
		text, boxes = nil, nil
		churn()
		for i := range count {
			r := (*row)(mem.Add(room, uintptr(i)*size))
			if want := fmt.Sprintf("row %d", i); r.ID != int64(i) || r.Name != want || i+64 >= count && *r.Box != want {
				t.Fatalf("row %d is %d, %q, %q", i, r.ID, r.Name, *r.Box)
			}
		}
		kept := 2
		for b.Keep(mem.Pointer(new(int))) {
			kept++
		}
		if kept != 8 {
			t.Errorf("a block keeps %d, want 8", kept)
		}
		runtime.KeepAlive(b)
	}
}

// churn has the collector run while others take what was freed.
func churn() {
	for range 3 {
		var list []string
		for i := range 2000 {
			list = append(list, strings.Repeat("x", i%64))
		}
		runtime.GC()
		runtime.KeepAlive(list)
	}
}
