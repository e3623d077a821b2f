package sqltype

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
				if got, want := plainASCII(string(text)), b > 0 && b < utf8.RuneSelf; got != want {
					t.Fatalf("byte %d at %d of %d: got %v, want %v", b, at, length, got, want)
				}
			}
		}
	}
	if !plainASCII("") || plainASCII("a\x00\x01aaaaa") || plainASCII("\x00\x01\x01\x01\x01\x01\x01\x01") {
		t.Error("zero bytes beside others are not seen, or nothing is taken for something")
	}
}
