package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
)

// readForm reads the fields of an urlencoded body, never those of the URL.
func readForm(r *http.Request, body io.Reader) ([]sentField, error) {
	if r.PostForm == nil {
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		values, err := url.ParseQuery(string(data))
		if err != nil {
			return nil, badBody("is no form that can be read")
		}
		r.PostForm = values
	}
	return formFields(r.PostForm), nil
}

// formFields are in the order of their names: a form has none that is kept.
func formFields(values url.Values) []sentField {
	var out []sentField
	for name, texts := range values {
		out = append(out, sentField{name: name, texts: texts})
	}
	slices.SortFunc(out, func(a, b sentField) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return out
}

// readMultipart reads the fields of a multipart body. Files are refused by name.
func readMultipart(r *http.Request, body io.Reader, boundary string) ([]sentField, error) {
	if r.MultipartForm != nil {
		return append(formFields(r.MultipartForm.Value), filesOf(r.MultipartForm)...), nil
	}
	if boundary == "" {
		return nil, badBody("has no boundary between its parts")
	}
	parts := multipart.NewReader(body, boundary)
	values := url.Values{}
	var files []sentField
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF:
			r.PostForm = values
			return append(formFields(values), files...), nil
		case err != nil:
			return nil, unreadable(err)
		case n >= maxBodyFields:
			return nil, badBody("has more than %d fields", maxBodyFields)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, unreadable(err)
		}
		if isFile(part) {
			files = append(files, sentField{name: part.FormName(), file: true})
			continue
		}
		values.Add(part.FormName(), string(text))
	}
}

// unreadable keeps the error of a body that is too long.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &StatusError{Status: http.StatusBadRequest, Text: "the body is no form that can be read", Err: err}
}

// isFile reports whether the part has a file name, be it an empty one.
func isFile(part *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return err != nil || named
}

func filesOf(form *multipart.Form) []sentField {
	var out []sentField
	for name := range form.File {
		out = append(out, sentField{name: name, file: true})
	}
	return out
}
