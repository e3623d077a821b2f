package ascii

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Each byte at each place of texts of each length is judged as by itself.
func TestPlainASCII(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for b := range 256 {
				text := []byte(strings.Repeat("x", length))
				text[at] = byte(b)
				if got, want := Plain(string(text)), b > 0 && b < utf8.RuneSelf; got != want {
					t.Fatalf("byte %d at %d of %d: got %v, want %v", b, at, length, got, want)
				}
			}
		}
	}
	if !Plain("") || Plain("a\x00\x01aaaaa") || Plain("\x00\x01\x01\x01\x01\x01\x01\x01") {
		t.Error("zero bytes beside others are not seen, or nothing is taken for something")
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "a", "12345678", "1234567\x80", "\x80234567890", "12345678\x00", "1234567\x00", "\xff\xff\xff\xff\xff\xff\xff\xff", "\x01\x7f", "ä", "twelve words\x7f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want := true
		for _, c := range b {
			want = want && c >= 1 && c <= 127
		}
		if got := Plain(string(b)); got != want {
			t.Fatalf("Plain(%q) = %t", b, got)
		}
	})
}
