package orm

import "slices"

// push is append for what may be many: memory doubles at any size, so that what was
// copied and thrown away is never more than what is there at the end.
func push[T any](list *[]T, x T) {
	if len(*list) == cap(*list) {
		*list = slices.Grow(*list, max(4, len(*list)))
	}
	*list = append(*list, x)
}
