// Package webload lets a crowd of clients use the forum of examples/webapp and the same
// application written by hand (package byhand), and looks afterwards whether what was
// acknowledged is there.
//
// It knows HTTP, and the two sites. Nothing of it asserts a time.
package webload
