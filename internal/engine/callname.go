package engine

import (
	"regexp"
	"strings"
)

var versionPrefix = regexp.MustCompile(`^/v\d+\.\d+/`)

// callName names a call of the API, whatever its version and the object: "POST
// /containers/*/start". There are as many names as the API has calls.
func callName(method, path string) string {
	path = versionPrefix.ReplaceAllString(path, "/")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	kind := parts[0]
	switch {
	case len(parts) == 1 || len(parts) == 2 && isCollection(parts[1]):
	case kind == "images" || kind == "distribution" || kind == "plugins": // whose names have slashes
		path = "/" + kind + "/*"
		if last := parts[len(parts)-1]; len(parts) > 2 && method != "DELETE" {
			path += "/" + last
		}
	case kind == "containers" || kind == "exec" || kind == "networks" || kind == "volumes":
		path = "/" + kind + "/*"
		if len(parts) > 2 {
			path += "/" + parts[2]
		}
		if len(parts) > 3 {
			path += "/*"
		}
	}
	return method + " " + path
}

// isCollection tells whether a path's second word is about all objects of its kind.
func isCollection(word string) bool {
	switch word {
	case "create", "json", "prune", "load", "get", "search":
		return true
	}
	return false
}
