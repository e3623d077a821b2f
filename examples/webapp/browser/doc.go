// Package browser has the tests of the forum in a real browser: what people do, and how
// the pages look, at the width of a phone and of a desk, light and dark.
//
// It knows the pages, by their labels and links, and nothing of how they are made. It is
// a module of its own, so that the library does not depend on a browser's protocol.
package browser
