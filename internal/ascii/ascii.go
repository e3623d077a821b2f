// Package ascii tells texts that need no further look, as most are: neither their
// encoding can be wrong nor do they hold a NUL. It must not know what they are for.
package ascii

// Plain reports whether all bytes are within 1 to 127, eight at a time.
func Plain(s string) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		// The compiler makes one load of these.
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if (x|(x-low))&high != 0 { // without high bits only a zero borrows
			return false
		}
	}
	for i := range len(s) {
		if s[i]-1 >= 127 {
			return false
		}
	}
	return true
}
