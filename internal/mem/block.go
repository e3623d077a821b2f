package mem

import "unsafe"

// Block is memory for copies of variables into which Go does not look for pointers.
// A snapshot of many rows is as many pointers as the rows have, which the garbage
// collector would follow each time, to find what it has found already.
//
// What is copied there may have pointers, by these rules:
//
//   - What they lead to is kept alive by something else: by the block, which was
//     told by Keep, or by what lives as long as the program.
//   - A pointer that leads elsewhere is not copied: such a variable is copied to Go's
//     memory.
//   - Who has a pointer into the block has what the copies lead to: a variable may be
//     read there, and copied from there to Go's own memory.
//   - Only copies are written, while nobody else has them.
//
// Memory of Go's does not move but on stacks, where a block never is.
type Block struct {
	kept [8]Pointer
}

// blocks of the sizes that Go's allocator has, with a word for its own use.
type (
	smallBlock struct {
		Block
		_ [256 - blockHead]byte
	}
	mediumBlock struct {
		Block
		_ [1024 - 8 - blockHead]byte
	}
	largeBlock struct {
		Block
		_ [4096 - 8 - blockHead]byte
	}
)

const blockHead = unsafe.Sizeof(Block{})

// LargestBlock is how many bytes a block has room for at most.
const LargestBlock = unsafe.Sizeof(largeBlock{}) - blockHead

// NewBlock returns a block, and its memory, which has n bytes or more. n is at most
// LargestBlock.
func NewBlock(n uintptr) (b *Block, room Pointer, size uintptr) {
	switch {
	case n <= unsafe.Sizeof(smallBlock{})-blockHead:
		b, size = &new(smallBlock).Block, unsafe.Sizeof(smallBlock{})
	case n <= unsafe.Sizeof(mediumBlock{})-blockHead:
		b, size = &new(mediumBlock).Block, unsafe.Sizeof(mediumBlock{})
	default:
		b, size = &new(largeBlock).Block, unsafe.Sizeof(largeBlock{})
	}
	return b, unsafe.Add(unsafe.Pointer(b), blockHead), size - blockHead
}

// Keep has the block keep what p leads to. It is false where the block keeps as much
// as it can.
func (b *Block) Keep(p Pointer) bool {
	for i := range b.kept {
		if b.kept[i] == nil {
			b.kept[i] = p
			return true
		}
	}
	return false
}

// Copy copies n bytes of a variable to a block.
func Copy(dst, src Pointer, n uintptr) {
	copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
}
