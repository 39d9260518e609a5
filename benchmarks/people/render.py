"""Drawing people in a room with OpenGL, without a screen: Mesa's software renderer over EGL serves. Same pixels every
time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from benchmarks.people.camera import Camera
from benchmarks.people.person import Part, Person
from benchmarks.people.posing import Posed, forward, skinned, skinning, with_expression
from benchmarks.people.room import Box, Light, corners, held
from benchmarks.people.rotation import Array

_VERTEX = """#version 330
uniform mat4 view; in vec3 place; in vec3 normal; in vec2 uv; out vec3 P; out vec3 N; out vec2 T;
void main(){ P=place; N=normal; T=uv; gl_Position=view*vec4(place,1.0); }"""
_SHADED = """#version 330
uniform sampler2D image; uniform sampler2DShadow shade0; uniform sampler2DShadow shade1; uniform mat4 lamp0; uniform
mat4 lamp1;
uniform vec3 to0; uniform vec3 to1; uniform vec3 eye; uniform vec3 colour; uniform int textured; uniform float gloss;
uniform vec4 light; uniform float lit; in vec3 P; in vec3 N; in vec2 T; out vec4 result;
float open(sampler2DShadow s, mat4 lamp, float reach){
  vec4 q=lamp*vec4(P,1.0); vec3 c=q.xyz/q.w*0.5+0.5; if(c.x<0||c.y<0||c.x>1||c.y>1) return 1.0; float sum=0.0;
  for(int i=0;i<2;i++) for(int j=0;j<2;j++) sum+=texture(s,vec3(c.xy+(vec2(i,j)*1.4-0.7)*reach,c.z-0.0025)); return
  sum/4.0; }
void main(){
  vec4 t = textured==1 ? texture(image,T) : vec4(1.0); if(t.a<0.3) discard;
  vec3 base = textured==1 ? pow(t.rgb,vec3(2.2))*colour : colour;
  vec3 n=normalize(N), v=normalize(eye-P); if(!gl_FrontFacing) n=-n;
  float a=max(dot(n,to0),0.0)*open(shade0,lamp0,0.0026), b=max(dot(n,to1),0.0)*open(shade1,lamp1,0.005);
  vec3 all=mix(vec3(.40,.38,.36),vec3(.62,.63,.65),n.y*.5+.5)*(.82+.18*clamp(P.y*2.0,0.0,1.0))*light.z;
  float shine=gloss*pow(max(dot(n,normalize(to0+v)),0.0),30.0)*a*light.x;
  vec3 r=base*(all+vec3(.62,.60,.57)*a*light.x+vec3(.30,.31,.33)*b*light.y)+shine+vec3(lit);
  result=vec4(pow(clamp(r,0.0,1.0),vec3(1/2.2)),1.0); }"""
_FLAT = """#version 330
uniform mat4 view; in vec3 place; in vec2 uv; out vec2 T; void main(){ T=uv; gl_Position=view*vec4(place,1.0); }"""
_CUT = """#version 330
uniform sampler2D image; uniform int textured; in vec2 T; void main(){ if(textured==1 && texture(image,T).a<0.3)
discard; }"""
_LAMPS = ((0.45, 0.85, 0.75), (-0.55, 1.3, 0.45))
_SHADOW_PX = 1024
_NEAR_M, _FAR_M = 0.1, 30.0
_SAMPLES = 4
_GLOSS = {"skin": 0.08, "eyes": 0.5, "hair": 0.06}
_ON_TOP = ("hair", "eyebrows", "eyelashes")


@dataclass
class _Drawn:
    """A part on the graphics side: which vertex each corner shows, buffers, texture."""

    part: Part
    corner: NDArray[np.int64]
    buffer: Any
    texture: Any
    shaded: Any
    flat: Any


class Renderer:
    """Draws given people in a given room at one picture size.

    people : who may be in the picture,
    in the order in which `picture` gets their poses. `soft_edges` costs a third more time.
    """

    def __init__(
        self,
        people: list[Person],
        boxes: list[Box],
        light: Light,
        size: tuple[int, int] = (640, 480),
        soft_edges: bool = True,
    ) -> None:
        self._gl = moderngl.create_context(standalone=True, backend="egl")
        self._light, self._size, self._people = light, size, people
        self._program = self._gl.program(_VERTEX, _SHADED)
        self._depth_program = self._gl.program(_FLAT, _CUT)
        self._parts = [[self._upload(part) for part in person.parts] for person in people]
        self._boxes = [(box, *self._box(box)) for box in boxes]
        self._lamps = [_lamp(direction) for direction in _LAMPS]
        self._shadows = [self._shadow_map() for _ in _LAMPS]
        gl = self._gl
        samples = _SAMPLES if soft_edges else 0
        self._soft = gl.framebuffer(
            [gl.renderbuffer(size, 4, samples=samples)], gl.depth_renderbuffer(size, samples=samples)
        )
        self._final = gl.framebuffer([gl.renderbuffer(size, 4)], gl.depth_renderbuffer(size))
        self._depth_texture = gl.depth_texture(size)
        self._depth = gl.framebuffer(depth_attachment=self._depth_texture)

    def close(self) -> None:
        self._gl.release()

    def picture(self, states: list[Posed], camera: Camera) -> NDArray[np.uint8]:
        """(H, W, 3) RGB."""
        self._gl.enable(moderngl.DEPTH_TEST)
        for person, drawn, state in zip(self._people, self._parts, states, strict=True):
            _write(person, drawn, state)
        things = [
            (box, *self._box(box))
            for person, state in zip(self._people, states, strict=True)
            for box in held(person, state)
        ]
        for shadow, (matrix, _) in zip(self._shadows, self._lamps, strict=True):
            self._draw_depth(shadow[0], (_SHADOW_PX, _SHADOW_PX), matrix, things, walls=False)
        self._draw_shaded(camera, things)
        self._gl.copy_framebuffer(self._final, self._soft)
        pixels = np.frombuffer(self._final.read(components=3), np.uint8).reshape(self._size[1], self._size[0], 3)
        self._view, self._things = _perspective(camera), things
        return np.ascontiguousarray(pixels[::-1])

    def depth_m(self) -> Array:
        """(H, W) distance along the viewing direction of what the last picture shows."""
        self._draw_depth(self._depth, self._size, self._view, self._things, walls=True)
        raw = np.frombuffer(self._depth_texture.read(alignment=1), np.float32).reshape(self._size[1], self._size[0])[
            ::-1
        ]
        return _NEAR_M * _FAR_M / (_FAR_M - raw * (_FAR_M - _NEAR_M))

    def _upload(self, part: Part) -> _Drawn:
        gl = self._gl
        image = cv2.imread(str(part.texture), cv2.IMREAD_UNCHANGED)
        four = image.ndim == 3 and image.shape[2] == 4
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if four else cv2.COLOR_BGR2RGBA)[::-1]
        texture = gl.texture(image.shape[1::-1], 4, np.ascontiguousarray(image).tobytes())
        texture.build_mipmaps()
        uv = part.uv.reshape(-1, 2)
        key = np.concatenate([part.triangles.reshape(-1, 1), np.round(uv * 1e5)], 1)
        _, chosen, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
        corner = part.triangles.ravel()[chosen]
        buffer = gl.buffer(reserve=len(corner) * 24)
        uv_buffer = gl.buffer(uv[chosen].astype("f4").tobytes())
        order = gl.buffer(index.ravel().astype("i4").tobytes())
        shaded = gl.vertex_array(self._program, [(buffer, "3f 3f", "place", "normal"), (uv_buffer, "2f", "uv")], order)
        flat = gl.vertex_array(self._depth_program, [(buffer, "3f 12x", "place"), (uv_buffer, "2f", "uv")], order)
        return _Drawn(part, corner, buffer, texture, shaded, flat)

    def _box(self, box: Box) -> tuple[Any, Any]:
        gl = self._gl
        vertices, normals, index = corners(box)
        both = gl.buffer(np.concatenate([vertices, normals], 1).astype("f4").tobytes())
        uv = gl.buffer(np.zeros((len(vertices), 2), "f4").tobytes())
        order = gl.buffer(index.tobytes())
        return (
            gl.vertex_array(self._program, [(both, "3f 3f", "place", "normal"), (uv, "2f", "uv")], order),
            gl.vertex_array(self._depth_program, [(both, "3f 12x", "place"), (uv, "2f", "uv")], order),
        )

    def _shadow_map(self) -> tuple[Any, Any]:
        texture = self._gl.depth_texture((_SHADOW_PX, _SHADOW_PX))
        texture.compare_func = "<="
        return self._gl.framebuffer(depth_attachment=texture), texture

    def _draw_depth(self, target: Any, size: tuple[int, int], view: Array, things: list[Any], walls: bool) -> None:
        target.use()
        self._gl.viewport = (0, 0, *size)
        target.clear(depth=1.0)
        _set(self._depth_program, "view", view)
        self._depth_program["image"], self._depth_program["textured"] = 0, 1
        for drawn in (d for parts in self._parts for d in parts):
            drawn.texture.use(0)
            drawn.flat.render()
        self._depth_program["textured"] = 0
        for _, _, flat in (self._boxes if walls else self._boxes[5:]) + things:
            flat.render()

    def _draw_shaded(self, camera: Camera, things: list[Any]) -> None:
        program, light = self._program, self._light
        self._soft.use()
        self._gl.viewport = (0, 0, *self._size)
        self._soft.clear(0.8, 0.8, 0.78, 1.0, depth=1.0)
        _set(program, "view", _perspective(camera))
        _set(program, "eye", camera.eye)
        program["light"] = (light.key, light.fill, light.everywhere, 0.0)
        for k, ((_, texture), (matrix, towards)) in enumerate(zip(self._shadows, self._lamps, strict=True)):
            texture.use(1 + k)
            program[f"shade{k}"] = 1 + k
            _set(program, f"lamp{k}", matrix)
            _set(program, f"to{k}", towards)
        program["image"], program["textured"], program["gloss"] = 0, 0, 0.0
        for box, shaded, _ in self._boxes + things:
            program["colour"], program["lit"] = tuple(box.colour), box.lit
            shaded.render()
        program["textured"], program["lit"] = 1, 0.0
        for drawn in sorted((d for parts in self._parts for d in parts), key=lambda d: d.part.kind in _ON_TOP):
            drawn.texture.use(0)
            program["colour"], program["gloss"] = drawn.part.tint, _GLOSS.get(drawn.part.kind, 0.03)
            drawn.shaded.render()


def _write(person: Person, drawn: list[_Drawn], state: Posed) -> None:
    """Vertices and normals of a pose into the buffers."""
    matrices = skinning(person, forward(person, state.local, state.place))
    for d in drawn:
        vertices = skinned(with_expression(d.part, state.face), d.part.weights, matrices)
        t = d.part.triangles
        face_normal = np.cross(vertices[t[:, 1]] - vertices[t[:, 0]], vertices[t[:, 2]] - vertices[t[:, 0]])
        normal = np.stack([np.bincount(t.ravel(), np.repeat(face_normal[:, k], 3), len(vertices)) for k in range(3)], 1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
        d.buffer.write(np.concatenate([vertices, normal], 1)[d.corner].astype("f4").tobytes())


def _set(program: Any, name: str, value: Array) -> None:
    value = np.asarray(value, "f4")
    program[name].write(value.T.tobytes() if value.ndim == 2 else value.tobytes())


def _lamp(direction: tuple[float, float, float], reach_m: float = 2.2) -> tuple[Array, Array]:
    """Parallel light: matrix of its shadow map, and the direction to the lamp."""
    z = np.asarray(direction) / np.linalg.norm(direction)
    x = np.cross((0, 1, 0), z)
    x /= np.linalg.norm(x)
    view = np.eye(4)
    view[:3, :3] = [x, np.cross(z, x), z]
    view[:3, 3] = -view[:3, :3] @ np.array((0.0, 0.85, 0.0))
    return np.diag([1 / reach_m, 1 / reach_m, -1 / 5.0, 1.0]) @ view, z


def _perspective(camera: Camera) -> Array:
    """OpenGL's clip matrix for a camera whose rows are right, down, forward."""
    flip = np.diag([1.0, -1.0, -1.0]) @ camera.rotation
    view = np.eye(4)
    view[:3, :3], view[:3, 3] = flip, -flip @ camera.eye
    clip = np.zeros((4, 4))
    clip[0, 0], clip[1, 1] = 2 * camera.focal_px / camera.width, 2 * camera.focal_px / camera.height
    clip[2, 2] = -(_FAR_M + _NEAR_M) / (_FAR_M - _NEAR_M)
    clip[2, 3], clip[3, 2] = -2 * _FAR_M * _NEAR_M / (_FAR_M - _NEAR_M), -1.0
    return clip @ view
