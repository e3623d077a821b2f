package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/orm"
)

// tampered is a request, honest or not.
type tampered struct {
	method, path string
	header       []string
	contentType  string
	body         string
	raw          []byte // instead of all else

	must bool // it has to be refused
	how  string
}

// bytes is the request as a client sends it.
func (x tampered) bytes() []byte {
	if x.raw != nil {
		return x.raw
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: x\r\n", x.method, x.path)
	for _, h := range x.header {
		b.WriteString(h + "\r\n")
	}
	if x.contentType != "" {
		b.WriteString("Content-Type: " + x.contentType + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(x.body), x.body)
	return b.Bytes()
}

// tampering makes requests at random.
type tampering struct {
	*rand.Rand
	app *tamperApp
}

func pick[T any](g tampering, list ...T) T { return list[g.IntN(len(list))] }

// fields are what an honest body has.
func (g tampering) fields() [][2]string {
	name := strconv.FormatUint(g.Uint64(), 36)
	return [][2]string{{"full_name", name}, {"email", name + "@x.org"}}
}

// base is an honest request.
func (g tampering) base() tampered {
	switch g.IntN(6) {
	case 0:
		path := pick(g, "/list", "/old")
		return tampered{method: "GET", path: path + "?cursor=" + pick(g, g.app.issued[path]...)}
	case 1:
		return tampered{method: "GET", path: "/members/2"}
	case 2:
		return g.written(tampered{method: "POST", path: "/members"}, g.fields(), g.IntN(2) == 0)
	}
	fields := append(g.fields(), [2]string{"version", "1"}, [2]string{"age", strconv.Itoa(g.IntN(100))})
	return g.written(tampered{method: pick(g, "POST", "PATCH"), path: "/members/2"}, fields, g.IntN(2) == 0)
}

// written has a body of the fields.
func (g tampering) written(x tampered, fields [][2]string, asForm_ bool) tampered {
	var parts []string
	for _, f := range fields {
		if asForm_ {
			parts = append(parts, escaped(f[0])+"="+escaped(f[1]))
			continue
		}
		value := f[1]
		if _, err := strconv.Atoi(value); err != nil || f[0] == "full_name" {
			value = strconv.Quote(value)
		}
		parts = append(parts, strconv.Quote(f[0])+": "+value)
	}
	g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	if asForm_ {
		x.contentType, x.body = asForm, strings.Join(parts, "&")
	} else {
		x.contentType, x.body = asJSON, "{"+strings.Join(parts, ", ")+"}"
	}
	return x
}

// tamper changes a request so that it has to be refused, or, at times, anyhow.
func (g tampering) tamper(x tampered) tampered {
	for range g.IntN(3) {
		x.header = append(x.header, g.header())
	}
	switch {
	case g.IntN(5) == 0:
		return g.anyhow(x)
	case x.method == "GET" && strings.Contains(x.path, "cursor="):
		return g.cursor(x)
	case x.method == "GET" || x.path != "/members" && g.IntN(4) == 0:
		return g.path(x)
	case g.IntN(6) == 0:
		return g.confused(x)
	case x.contentType == asJSON:
		return g.inJSON(x)
	}
	return g.inForm(x)
}

// header is one that changes nothing.
func (g tampering) header() string {
	return pick(g, "X-HTTP-Method-Override: DELETE", "X-Method-Override: PUT", "X-Original-URL: /members/1", "X-Rewrite-URL: /members/1", "X-Forwarded-For: 127.0.0.1",
		"X-User-Id: 1", "Cookie: id=1; role=admin", "Content-Disposition: form-data; name=role", "Expect: nothing", "If-Match: *", "X-HTTP-Method: POST", "Accept: application/json")
}

// anyhow changes bytes: what becomes of it is not known, but that it must not
// change what is protected.
func (g tampering) anyhow(x tampered) tampered {
	x.raw, x.how = bytes.Clone(x.bytes()), "bytes"
	for range 1 + g.IntN(4) {
		i := g.IntN(len(x.raw))
		switch g.IntN(3) {
		case 0:
			x.raw[i] ^= 1 << g.IntN(8)
		case 1:
			x.raw = append(x.raw[:i:i], x.raw[i+1:]...)
		default:
			x.raw = append(x.raw[:i:i], append([]byte{byte(g.IntN(256))}, x.raw[i:]...)...)
		}
	}
	return x
}

// cursor is one that was not given out for the list.
func (g tampering) cursor(x tampered) tampered {
	path, cursor, _ := strings.Cut(x.path, "?cursor=")
	other := map[string]string{"/list": "/old", "/old": "/list"}[path]
	position, _ := orm.ParsePosition(cursor[44:])
	changed := []byte(cursor)
	i := g.IntN(len(changed))
	changed[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[g.IntN(64)]
	if string(changed) == cursor {
		changed = append(changed, 'A')
	}
	x.path = path + "?cursor=" + escaped(pick(g, string(changed), cursor[:g.IntN(len(cursor)-1)+1], pick(g, g.app.issued[other]...), cursor[:44]+pick(g, g.app.issued[other]...)[44:],
		position.String(), cursor+"=", cursor+"\n", " "+cursor, cursor+"\x00", strings.ToLower(cursor)+"a", cursor+cursor, "null", "[]", strings.Repeat("A", 1+g.IntN(5000))))
	if g.IntN(8) == 0 {
		x.path = path + "?cursor=" + cursor + "&cursor=" + cursor
	}
	x.must, x.how = true, "cursor"
	return x
}

// path is one of another member, or of none.
func (g tampering) path(x tampered) tampered {
	x.path = "/members/" + pick(g, "1", "3", "0", "-2", "2.0", "2e0", "0x2", "+2", "2%00", "%EF%BC%92", "%202", "2%20", "2/", "2;id=1", "2,1", "..%2F1", "1%2F..%2F2", "null", "NaN", "true",
		"9223372036854775807", "9223372036854775808", "-9223372036854775809", strings.Repeat("9", 1+g.IntN(4000)), "%FF", "2'%20OR%201=1", "%D9%A2", "[2]", "{}", "2%0A", "admin")
	x.must, x.how = true, "path"
	return x
}

// confused has a body that is not of the type that the request says.
func (g tampering) confused(x tampered) tampered {
	other := asForm
	if x.contentType == asForm {
		other = asJSON
	}
	x.contentType = pick(g, other, "", "text/plain", "text/json", "application/json, "+other, x.contentType+"; charset=utf-7", x.contentType+"; charset=utf-16", "multipart/form-data",
		"multipart/form-data; boundary=x", "*/*", ";", "application/xml", x.contentType+"\r\nContent-Type: "+other, x.contentType+"\r\nContent-Encoding: gzip", x.contentType+"\r\nContent-Encoding: identity, gzip")
	if strings.HasPrefix(x.contentType, "multipart/form-data; ") {
		x.body = "--x\r\nContent-Disposition: form-data; name=" + pick(g, "role", "version; filename=a", "\"id\"", "full_name; filename=\"\"") + "\r\n\r\n1\r\n--x--\r\n"
	}
	x.must, x.how = true, "type"
	return x
}

// name is one that no operation has.
func (g tampering) name() string {
	name := pick(g, "id", "team_id", "role", "balance", "active", "score", "bio", "born", "seen", "prefs", "home_zip", "home_city", "Home", "home", "TeamID", "ID", "Team", "Version")
	switch g.IntN(8) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.NewReplacer("i", "ı", "s", "ſ", "k", "K").Replace(name) + pick(g, "", "[]", "[0]")
	case 2:
		return pick(g, " ", "\u200b", "\ufeff", "members.", "member[", "$", "__", "-") + name
	case 3:
		return name + pick(g, " ", "]", ".", "\t", "\u0301", "%00", "__set", ":int")
	case 4:
		return pick(g, "Full_Name", "EMAIL", "fullName", "name", "Name", "emaıl", "AGE", "ageſ", "versıon", "VERSION", "", "_method", "__proto__", "constructor", "$set", "*")
	}
	return name
}

func (g tampering) inJSON(x tampered) tampered {
	x.must, x.how = true, "json"
	inner := strings.TrimSuffix(strings.TrimPrefix(x.body, "{"), "}")
	name, _ := json.Marshal(g.name())
	protected := string(name) + ": " + pick(g, "1", "2", `"admin"`, "true", "null", "99.5", "[1]", `{"id": 1}`)
	if g.IntN(2) == 0 {
		x.body = "{" + pick(g, inner+", "+protected, protected+", "+inner) + "}"
		return x
	}
	x.body = pick(g,
		"{"+inner+`, "\u0066ull_name": "again"}`, "{"+inner+`, "email": "a@b.org"}`, x.body+x.body, x.body+" x", "["+x.body+"]", x.body[:len(x.body)-1], "\ufeff"+x.body, x.body+"\x00",
		"/**/"+x.body, strings.ReplaceAll(x.body, `"`, "'"), "null", `"`+inner+`"`, "", "{"+inner+`, "full_name2": NaN}`, "{"+inner+",}", "{"+inner+`, "role": "admin`+"\xff"+`"}`,
		strings.Replace(x.body, `"full_name": "`, `"full_name": "\ud800`, 1), strings.Replace(x.body, `"full_name": "`, `"full_name": "\u0000`, 1),
		strings.Replace(x.body, `"full_name": "`, `"full_name": "`+strings.Repeat("é", 21), 1), strings.Replace(x.body, `"full_name": "`, `"full_name": "`+strings.Repeat("x", 5000), 1),
		strings.Replace(x.body, "@", "", 1), strings.Replace(x.body, `"email": `, `"email": [1], "x": `, 1), strings.Replace(x.body, `"email": `, `"email": null, "x": `, 1),
		"{"+inner+`, "x": `+strings.Repeat("[", 50+g.IntN(1000))+"1", "{"+inner+`, "age": `+pick(g, "1.5", "1e2", "32768", "-1e999", `"5"`, "true", "{}", "[5]", strings.Repeat("9", 1+g.IntN(900))+"99999")+"}",
		"{"+inner+`, "version": `+pick(g, "2", "0", "null", `"1"`, "1.0", "true")+"}")
	return x
}

func (g tampering) inForm(x tampered) tampered {
	x.must, x.how = true, "form"
	protected := escaped(g.name()) + "=" + pick(g, "1", "2", "admin", "true", "", "99.5")
	if g.IntN(2) == 0 {
		x.body = pick(g, x.body+"&"+protected, protected+"&"+x.body)
		return x
	}
	x.body = pick(g, x.body+"&full_name=again", x.body+"&email=a%40b.org", x.body+"&%65mail=a%40b.org", x.body+"&%zz", x.body+";role=admin", x.body+"&role", x.body+"&=1", x.body+"&&role=admin",
		strings.Replace(x.body, "full_name=", "full_name=%00", 1), strings.Replace(x.body, "full_name=", "full_name=%ff", 1), strings.Replace(x.body, "full_name=", "full_name="+strings.Repeat("x", 21), 1),
		strings.Replace(x.body, "%40", "", 1), x.body+"&age=5&age=6", x.body+"&age="+pick(g, "x", "1.5", "99999", "%2B1", "0x1", "%C2%B2"), x.body+"&version="+pick(g, "2", "x", ""),
		strings.Repeat(x.body+"&", 100), strings.Repeat("a&", 300))
	return x
}
