package modernc

import (
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/dialect/sqlite/function"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// addFunctions gives the connection the functions that the dialect's SQL calls
// and SQLite does not have.
func (c *conn) addFunctions() error {
	if err := c.addFunction(function.Regexp, function.RegexpArity, regexpCallback); err != nil {
		return err
	}
	return c.addFunction(function.RegexpReplace, function.RegexpReplaceArity, regexpReplaceCallback)
}

func (c *conn) addFunction(name string, arity int32, callback uintptr) error {
	p, err := cString(c.tls, name)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, p)
	const flags = lib.SQLITE_UTF8 | lib.SQLITE_DETERMINISTIC | lib.SQLITE_INNOCUOUS
	if rc := lib.Xsqlite3_create_function(c.tls, c.db, p, arity, flags, 0, callback, 0, 0); rc != lib.SQLITE_OK {
		return classify(&Error{Code: int(rc), Message: "the function " + name + " can't be added"})
	}
	return nil
}

// texts returns the arguments as text, false if one of them is NULL.
func texts(tls *libc.TLS, argc int32, argv uintptr) ([]string, bool) {
	list := make([]string, argc)
	for i := range list {
		v := *at[uintptr](argv + uintptr(i)*mem.WordSize)
		p := lib.Xsqlite3_value_text(tls, v)
		if p == 0 {
			return nil, false
		}
		list[i] = string(mem.Slice(at[byte](p), int(lib.Xsqlite3_value_bytes(tls, v))))
	}
	return list, true
}

func failFunction(tls *libc.TLS, ctx uintptr, err error) {
	p, e := cString(tls, err.Error())
	if e != nil {
		lib.Xsqlite3_result_error_nomem(tls, ctx)
		return
	}
	lib.Xsqlite3_result_error(tls, ctx, p, -1)
	libc.Xfree(tls, p)
}

func onRegexp(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	args, ok := texts(tls, argc, argv)
	if !ok {
		return // NULL
	}
	found, err := function.Matches(args[0], args[1])
	switch {
	case err != nil:
		failFunction(tls, ctx, err)
	case found:
		lib.Xsqlite3_result_int(tls, ctx, 1)
	default:
		lib.Xsqlite3_result_int(tls, ctx, 0)
	}
}

func onRegexpReplace(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	args, ok := texts(tls, argc, argv)
	if !ok {
		return // NULL
	}
	text, err := function.Replace(args[0], args[1], args[2])
	if err != nil {
		failFunction(tls, ctx, err)
		return
	}
	p, err := cString(tls, text)
	if err != nil {
		failFunction(tls, ctx, err)
		return
	}
	lib.Xsqlite3_result_text(tls, ctx, p, int32(len(text)), lib.SQLITE_TRANSIENT)
	libc.Xfree(tls, p)
}

var (
	regexpCallback = *(*uintptr)(mem.Pointer(&struct {
		f func(*libc.TLS, uintptr, int32, uintptr)
	}{onRegexp}))
	regexpReplaceCallback = *(*uintptr)(mem.Pointer(&struct {
		f func(*libc.TLS, uintptr, int32, uintptr)
	}{onRegexpReplace}))
)
