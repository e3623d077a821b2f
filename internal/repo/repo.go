// Package repo holds the rules of this repository, as tests that read its files: which package may import which, how long a file and a
// function may be, what must be documented, what the lists under docs may say. It knows the shape of the repository and runs none of its
// code.
package repo
