// Package mem is all that the library does to memory beside Go's types, and
// the only package that imports unsafe.
//
// The library reads and writes fields of structs whose types it knows at run time
// alone, many millions a second. Package reflect would do so at several times the
// cost, with an allocation a value. So an address stands for an entity, a field or
// a part of one, and goes by rules:
//
//   - A Pointer is made of a Go pointer, by conversion, and leads to memory of which
//     Go knows the type. It keeps that memory alive, as any pointer does. It is never
//     made of a number, but for memory outside of Go's, by Outside.
//   - Add stays within the variable to which the pointer leads: the offset is that of
//     a field, which reflect has told, or of an element of a slice.
//   - A Pointer is converted back, as in (*T)(p), only to the type of what is there:
//     that of the field, or a struct whose first field it is.
//   - View and ViewBytes share memory: what they return is not written, and nobody
//     writes what they were given as long as it is used.
package mem

import "unsafe"

// Pointer is the address of a variable whose type is known from elsewhere.
type Pointer = unsafe.Pointer

// WordSize is how many bytes an address has.
const WordSize = unsafe.Sizeof(uintptr(0))

// Add returns the address n bytes behind p, within the same variable.
func Add(p Pointer, n uintptr) Pointer { return unsafe.Add(p, n) }

// SizeOf is how many bytes a T has.
func SizeOf[T any]() uintptr {
	var v T
	return unsafe.Sizeof(v)
}

// Slice returns the n elements that begin at first. They are those of first's own
// array.
func Slice[T any](first *T, n int) []T { return unsafe.Slice(first, n) }

// First returns the address of a slice's first element, also where it has none
// but memory for some; nil of a nil slice.
func First[T any](list []T) *T { return unsafe.SliceData(list) }

// Bytes returns n bytes at p, to be compared and copied, not written.
func Bytes(p Pointer, n uintptr) []byte { return unsafe.Slice((*byte)(p), n) }

// View returns the bytes as a string, without a copy.
func View(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Text returns the n bytes that begin at first as a string, without a copy.
func Text(first *byte, n int) string { return unsafe.String(first, n) }

// ViewBytes returns the bytes of a string, without a copy.
func ViewBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// FirstByte returns the address of a string's first byte; what that of "" is, is
// not said.
func FirstByte(s string) *byte { return unsafe.StringData(s) }

// Outside returns what is at an address that is not of Go's memory: an engine that
// was compiled from C has memory of its own, which never moves and which Go does
// not free.
func Outside[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }
