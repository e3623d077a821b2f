package mem_test

import (
	"bytes"
	"reflect"
	"runtime"
	"testing"

	"github.com/alkahest-go/alkahest/internal/mem"
)

func FuzzViewsAreTheSameText(f *testing.F) {
	for _, s := range []string{"", "a", "many words, and one more", "\x00\xff", "日本"} {
		f.Add([]byte(s), 1, 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, from, to int) {
		s := mem.View(b)
		if s != string(b) || len(mem.ViewBytes(s)) != len(b) || !bytes.Equal(mem.ViewBytes(s), b) {
			t.Fatalf("a view of %q is %q", b, s)
		}
		if len(b) == 0 {
			return
		}
		from = int(uint(from) % uint(len(b)))
		n := int(uint(to) % uint(len(b)-from+1))
		part := mem.Slice(&b[from], n)
		if !bytes.Equal(part, b[from:from+n]) || mem.Text(&b[from], n) != string(part) || mem.First(b[from:]) != &b[from] {
			t.Fatalf("%d bytes from %d of %q are %q", n, from, b, part)
		}
		if own := string(b); *mem.FirstByte(own) != own[0] || mem.Text(mem.FirstByte(own), len(own)) != own {
			t.Fatalf("the bytes of %q are others", own)
		}
	})
}

func TestOutside(t *testing.T) {
	list := [2]int64{7, 8}
	for i := range list {
		if got := mem.Outside[int64](uintptr(mem.Pointer(&list[i]))); *got != list[i] || got != &list[i] {
			t.Errorf("got %d, want %d", *got, list[i])
		}
	}
	runtime.KeepAlive(&list)
}

type entity struct {
	ID    int64
	Flag  bool
	Name  string
	Data  []byte
	Score *float64
}

// A field that is written by its address is what reflect reads, and the rest of
// the struct stays.
func FuzzFieldsByTheirAddresses(f *testing.F) {
	f.Add(int64(1), true, "name", []byte{1, 2}, 1.5, uint8(3))
	f.Add(int64(-1), false, "", []byte(nil), 0.0, uint8(0))
	f.Fuzz(func(t *testing.T, id int64, flag bool, name string, data []byte, score float64, at uint8) {
		list := make([]entity, 4)
		i := uintptr(at) % uintptr(len(list))
		typ := reflect.TypeFor[entity]()
		if mem.SizeOf[entity]() != typ.Size() {
			t.Fatal("the size is another")
		}
		e := mem.Add(mem.Pointer(mem.First(list)), i*typ.Size())
		field := func(n int) mem.Pointer { return mem.Add(e, typ.Field(n).Offset) }
		*(*int64)(field(0)) = id
		*(*bool)(field(1)) = flag
		*(*string)(field(2)) = name
		*(*[]byte)(field(3)) = data
		*(**float64)(field(4)) = &score
		runtime.GC() // which moves nothing, and keeps what the fields hold
		want := make([]entity, 4)
		want[i] = entity{id, flag, name, data, &score}
		if !reflect.DeepEqual(list, want) {
			t.Fatalf("got %+v, want %+v", list, want)
		}
		for k := range list {
			same := bytes.Equal(mem.Bytes(mem.Pointer(&list[k]), typ.Size()), mem.Bytes(e, typ.Size()))
			if uintptr(k) == i && !same {
				t.Fatal("an entity differs from itself")
			}
		}
	})
}
