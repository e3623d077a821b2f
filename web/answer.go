package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// WriteError writes the response of an error as Sessions do without
// Options.Error: JSON where the client asks for it by its header Accept, plain
// text elsewhere. The client is told the text of a StatusError and FieldErrors, and of any other
// error only what its status means.
func WriteError(w http.ResponseWriter, r *http.Request, status int, err error) {
	writeError(w, r, status, err, false)
}

// errorBody is the JSON of an error's response.
type errorBody struct {
	Status int         `json:"status"`
	Error  string      `json:"error"`
	Fields FieldErrors `json:"fields,omitempty"`
	Detail string      `json:"detail,omitempty"` // in development
}

func writeError(w http.ResponseWriter, r *http.Request, status int, err error, development bool) {
	h := w.Header()
	h.Del("Content-Length")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if wantsJSON(r) {
		out := bodyOf(status, err)
		if development {
			out.Detail = err.Error()
		}
		h.Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out)
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	text := TextOf(status, err)
	if development {
		text += "\n\n" + err.Error()
	}
	_, _ = io.WriteString(w, text+"\n")
}

func bodyOf(status int, err error) errorBody {
	fields, _ := errors.AsType[FieldErrors](err)
	return errorBody{Status: status, Error: publicText(status, err), Fields: fields}
}

// TextOf returns what WriteError tells a client in plain text: the text of a
// StatusError, what FieldErrors say, each in a line, and of any other error only
// what its status means.
func TextOf(status int, err error) string {
	text := publicText(status, err)
	fields, _ := errors.AsType[FieldErrors](err)
	for _, x := range fields {
		text += "\n" + strings.TrimPrefix(x.Field+": ", ": ") + x.Message
	}
	return text
}

// ErrorJSON returns what WriteError tells a client in JSON, in the same words as
// TextOf.
func ErrorJSON(status int, err error) ([]byte, error) { return json.Marshal(bodyOf(status, err)) }

// publicText is what a client may know of an error.
func publicText(status int, err error) string {
	if known, ok := errors.AsType[*StatusError](err); ok && known.Text != "" {
		return known.Text
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "status " + strconv.Itoa(status)
}

// wantsJSON reports whether the client prefers JSON to text and pages; of two
// that it likes as much, the first. What it takes of any kind says nothing.
func wantsJSON(r *http.Request) bool {
	best, found := 0.0, false
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, _ := strings.Cut(part, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		isJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
		if weight := weightOf(params); weight > best && (isJSON || strings.HasPrefix(kind, "text/")) {
			best, found = weight, isJSON
		}
	}
	return found
}

// weightOf returns the q of a part of Accept, 1 without one.
func weightOf(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if q, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			if weight, err := strconv.ParseFloat(q, 64); err == nil {
				return weight
			}
		}
	}
	return 1
}

func asPanic(err error) (*PanicError, bool) { return errors.AsType[*PanicError](err) }
