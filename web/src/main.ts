import { mount } from 'svelte';
import App from './App.svelte';
import { App as Atrium } from './state/app.svelte';
import './styles/base.css';
import './styles/markdown.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
const app = new Atrium();
mount(App, { target, props: { app } });
app.start();
