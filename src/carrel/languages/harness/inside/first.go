// Inside the sandbox: call a function of a student's program, write what came of it. The
// protocol is described in judge/kinds/call_session.py. Imports have names of their own, since
// the student's program is in the same package.
package main

import (
	carrelBinary "encoding/binary"
	carrelFmt "fmt"
	carrelMath "math"
	carrelOs "os"
	carrelReflect "reflect"
	carrelRuntime "runtime"
	carrelDebug "runtime/debug"
	carrelStrings "strings"
	carrelSyscall "syscall"
)

// Variables are made before any init function runs, those of this file before the student's:
// what the program reads and prints has nothing to do with the calls.
var carrelCalls, carrelAnswers = carrelSeparate()

func carrelSeparate() (int, int) {
	calls, first := carrelSyscall.Dup(0)
	answers, second := carrelSyscall.Dup(1)
	nothing, third := carrelSyscall.Open("/dev/null", carrelSyscall.O_RDONLY, 0)
	if first != nil || second != nil || third != nil {
		carrelOs.Exit(120)
	}
	carrelSyscall.CloseOnExec(calls)
	carrelSyscall.CloseOnExec(answers)
	carrelSyscall.Dup3(nothing, 0, 0)
	carrelSyscall.Dup3(2, 1, 0)
	return calls, answers
}

type carrelFunction struct {
	value   carrelReflect.Value
	kinds   []string
	result  string
	changed int
	data    []byte
}

// carrelServe makes calls until there are no more. Types come without spaces.
func carrelServe(function any, result string, changed int, kinds ...string) {
	f := &carrelFunction{carrelReflect.ValueOf(function), kinds, result, changed, nil}
	if !f.usable() {
		carrelSend(make([]byte, 8), 'N', []byte(f.value.Type().String()))
		carrelOs.Exit(0)
	}
	carrelSend(make([]byte, 8), 'Y', nil)
	for {
		size := carrelBinary.BigEndian.Uint32(carrelReceive(4))
		frame := carrelReceive(int(size))
		number := frame[:8]
		f.data = frame[12:]
		status, body := f.call()
		carrelSend(number, status, body)
	}
}

func carrelReceive(size int) []byte {
	data := make([]byte, size)
	for at := 0; at < size; {
		n, err := carrelSyscall.Read(carrelCalls, data[at:])
		if err == carrelSyscall.EINTR {
			continue
		}
		if n <= 0 {
			carrelOs.Exit(0)
		}
		at += n
	}
	return data
}

func carrelSend(number []byte, status byte, body []byte) {
	frame := carrelBinary.BigEndian.AppendUint32(nil, uint32(9+len(body)))
	frame = append(append(append(frame, number...), status), body...)
	for len(frame) > 0 {
		n, err := carrelSyscall.Write(carrelAnswers, frame)
		if err == carrelSyscall.EINTR {
			continue
		}
		if n <= 0 {
			carrelOs.Exit(123)
		}
		frame = frame[n:]
	}
}

// --- which declared types fit ---------------------------------------------------------------

func (f *carrelFunction) usable() bool {
	t := f.value.Type()
	if t.Kind() != carrelReflect.Func || t.IsVariadic() || t.NumIn() != len(f.kinds) {
		return false
	}
	for i, kind := range f.kinds {
		if !carrelFits(t.In(i), kind) {
			return false
		}
	}
	results := t.NumOut()
	if results > 0 && t.Out(results-1) == carrelReflect.TypeFor[error]() {
		results--
	}
	if f.result == "void" {
		return results == 0
	}
	return results == 1 && carrelFits(t.Out(0), f.result)
}

func carrelFits(t carrelReflect.Type, kind string) bool {
	switch k := t.Kind(); kind {
	case "int":
		return k == carrelReflect.Int || k == carrelReflect.Int32 || k == carrelReflect.Int64
	case "long":
		return k == carrelReflect.Int || k == carrelReflect.Int64
	case "float":
		return k == carrelReflect.Float64
	case "bool":
		return k == carrelReflect.Bool
	case "string":
		return k == carrelReflect.String
	}
	item := carrelInner(kind)
	switch {
	case carrelStrings.HasPrefix(kind, "list<"):
		return t.Kind() == carrelReflect.Slice && carrelFits(t.Elem(), item)
	case carrelStrings.HasPrefix(kind, "map<"):
		return t.Kind() == carrelReflect.Map && t.Key().Kind() == carrelReflect.String && carrelFits(t.Elem(), item)
	}
	return t.Kind() == carrelReflect.Pointer && carrelFits(t.Elem(), item)
}

func carrelInner(kind string) string {
	if carrelStrings.HasPrefix(kind, "map<string,") {
		return kind[len("map<string,") : len(kind)-1]
	}
	return kind[carrelStrings.Index(kind, "<")+1 : len(kind)-1]
}

// --- calls ----------------------------------------------------------------------------------

func (f *carrelFunction) call() (status byte, body []byte) {
	arguments := make([]carrelReflect.Value, len(f.kinds))
	for i := range f.kinds {
		arguments[i] = f.decode(f.value.Type().In(i))
	}
	defer func() {
		if problem := recover(); problem != nil {
			status, body = 'E', carrelPanicked(problem)
		}
	}()
	results := f.value.Call(arguments)
	if last := len(results) - 1; last >= 0 && results[last].Type() == carrelReflect.TypeFor[error]() {
		if !results[last].IsNil() {
			problem := results[last].Interface().(error)
			said := problem.Error()
			return 'E', carrelProblem([]string{carrelFmt.Sprintf("%T", problem), "error"}, said, "error: "+said+"\n")
		}
		results = results[:last]
	}
	switch {
	case f.changed >= 0:
		body = carrelEncode(nil, arguments[f.changed], 0)
	case len(results) == 0:
		body = []byte{'n'}
	default:
		body = carrelEncode(nil, results[0], 0)
	}
	return 'R', body
}

func carrelPanicked(problem any) []byte {
	classes := []string{carrelFmt.Sprintf("%T", problem), "panic"}
	if _, ok := problem.(carrelRuntime.Error); ok {
		classes[1] = "runtime.Error"
	}
	said := carrelFmt.Sprint(problem)
	trace := "panic: " + said + "\n\ngoroutine 1 [running]:\n"
	lines := carrelStrings.Split(string(carrelDebug.Stack()), "\n")
	for i := 1; i+1 < len(lines); i += 2 {
		if carrelStrings.Contains(lines[i+1], "solution.go:") && len(trace) < 8000 {
			trace += lines[i] + "\n" + lines[i+1] + "\n"
		}
	}
	return carrelProblem(classes, said, trace)
}

func carrelProblem(classes []string, said string, trace string) []byte {
	out := carrelBinary.BigEndian.AppendUint32(nil, uint32(len(classes)))
	for _, name := range classes {
		out = carrelText(out, name)
	}
	if len(said) > 1000 {
		said = said[:1000]
	}
	return carrelText(carrelText(out, said), trace)
}

// --- arguments ------------------------------------------------------------------------------

func (f *carrelFunction) take(size int) []byte {
	data := f.data[:size]
	f.data = f.data[size:]
	return data
}

func (f *carrelFunction) count() int {
	return int(carrelBinary.BigEndian.Uint32(f.take(4)))
}

func (f *carrelFunction) decode(t carrelReflect.Type) carrelReflect.Value {
	value := carrelReflect.New(t).Elem()
	if t.Kind() == carrelReflect.Pointer {
		if f.data[0] == 'n' {
			f.take(1)
			return value
		}
		value.Set(carrelReflect.New(t.Elem()))
		value.Elem().Set(f.decode(t.Elem()))
		return value
	}
	switch f.take(1)[0] {
	case 't':
		value.SetBool(true)
	case 'i':
		value.SetInt(int64(carrelBinary.BigEndian.Uint64(f.take(8))))
	case 'd':
		value.SetFloat(carrelMath.Float64frombits(carrelBinary.BigEndian.Uint64(f.take(8))))
	case 's':
		value.SetString(string(f.take(f.count())))
	case 'l':
		count := f.count()
		value.Set(carrelReflect.MakeSlice(t, count, count))
		for i := 0; i < count; i++ {
			value.Index(i).Set(f.decode(t.Elem()))
		}
	case 'm':
		value.Set(carrelReflect.MakeMap(t))
		for left := f.count(); left > 0; left-- {
			key := carrelReflect.New(t.Key()).Elem()
			key.SetString(string(f.take(f.count())))
			value.SetMapIndex(key, f.decode(t.Elem()))
		}
	}
	return value
}

// --- results --------------------------------------------------------------------------------

func carrelText(out []byte, text string) []byte {
	return append(carrelBinary.BigEndian.AppendUint32(out, uint32(len(text))), text...)
}

func carrelEncode(out []byte, value carrelReflect.Value, depth int) []byte {
	if depth > 40 {
		return carrelText(append(out, 'o'), "a value that is nested too deeply")
	}
	switch value.Kind() {
	case carrelReflect.Bool:
		if value.Bool() {
			return append(out, 't')
		}
		return append(out, 'f')
	case carrelReflect.Int, carrelReflect.Int64, carrelReflect.Int32:
		return carrelBinary.BigEndian.AppendUint64(append(out, 'i'), uint64(value.Int()))
	case carrelReflect.Float64:
		return carrelBinary.BigEndian.AppendUint64(append(out, 'd'), carrelMath.Float64bits(value.Float()))
	case carrelReflect.String:
		return carrelText(append(out, 's'), value.String())
	case carrelReflect.Pointer:
		if value.IsNil() {
			return append(out, 'n')
		}
		return carrelEncode(out, value.Elem(), depth+1)
	case carrelReflect.Slice:
		out = carrelBinary.BigEndian.AppendUint32(append(out, 'l'), uint32(value.Len()))
		for i := 0; i < value.Len(); i++ {
			out = carrelEncode(out, value.Index(i), depth+1)
		}
		return out
	case carrelReflect.Map:
		out = carrelBinary.BigEndian.AppendUint32(append(out, 'm'), uint32(value.Len()))
		for _, key := range value.MapKeys() {
			out = carrelEncode(carrelText(out, key.String()), value.MapIndex(key), depth+1)
		}
		return out
	}
	return carrelText(append(out, 'o'), "a value of type "+value.Type().String())
}
